# mtop in a container: wheels are built in the first stage, and bytecode is compiled when they are installed.
FROM python:3.14-slim AS build
WORKDIR /src
COPY . .
RUN pip wheel --no-cache-dir --wheel-dir /wheels -c constraints.txt -r requirements.txt

FROM python:3.14-slim
COPY --from=build /wheels /wheels
RUN pip install --no-cache-dir --no-index --find-links /wheels /wheels/*.whl && rm -r /wheels \
 && useradd --create-home --uid 10001 mtop
USER 10001
ENTRYPOINT ["mtop"]
CMD ["--help"]
