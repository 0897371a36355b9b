"""What is known of the fields of Kubernetes objects: which lists are sets, what a server fills in, what is no state.

Fields go by their name, and where one name has several meanings by that of the field around them as well: `ports`
of a container, `ports` of a Service. One table for both ends: what is the same, and how a difference is found.
"""

from __future__ import annotations

from typing import Any

# Lists whose entries are told apart by some fields; the first candidate that all entries have is taken.
KEYS: dict[str, tuple[tuple[str, ...], ...]] = {
    "containers": (("name",),),
    "initContainers": (("name",),),
    "ephemeralContainers": (("name",),),
    "env": (("name",),),
    "volumes": (("name",),),
    "volumeMounts": (("mountPath",),),
    "volumeDevices": (("devicePath",),),
    "ports": (("containerPort", "protocol"), ("port", "protocol"), ("number",), ("name",)),
    "targetPorts": (("number",),),
    "conditions": (("type",),),
    "imagePullSecrets": (("name",),),
    "hostAliases": (("ip",),),
    "topologySpreadConstraints": (("topologyKey", "whenUnsatisfiable"),),
    "listeners": (("name",),),
    "adapters": (("name",),),
    "members": (("name",),),
    "resourceClaims": (("name",),),
    "claims": (("name",),),
    "schedulingGates": (("name",),),
    "triggers": (("name",), ("type",)),
    "backendRefs": (("group", "kind", "namespace", "name", "port"),),
    "parentRefs": (("group", "kind", "namespace", "name", "sectionName", "port"),),
    "refs": (("namespace", "name", "sectionName"),),
    "appliedConfigs": (("namespace", "name", "source"),),
    "ownerReferences": (("kind", "name"),),
    "containerStatuses": (("name",),),
    "initContainerStatuses": (("name",),),
    "addresses": (("name", "url"), ("url",), ("address", "type"), ("value", "type")),
    "canary": (("name",),),
    "canaryStatuses": (("name",),),
    "traffic": (("revisionName", "tag"),),
    "supportedModelFormats": (("name", "version"),),
    "httpHeaders": (("name",),),
    "headers": (("name",),),
    "queryParams": (("name",),),
    "sysctls": (("name",),),
    "taints": (("key", "effect"),),
    "secrets": (("name",),),
    "parents": (("controllerName", "parentRef"),),
}
# Lists of these in another order are another thing, though their entries have names.
ORDERED = frozenset(("initContainers", "baseRefs", "rules", "filters", "envFrom", "command", "args", "storageUris"))
SETS = frozenset((
    "finalizers", "hostnames", "accessModes", "drop", "add", "remove", "allowHeaders", "allowMethods", "allowOrigins",
    "exposeHeaders", "values", "tolerations", "matchExpressions", "matchFields", "matchLabelKeys", "namespaces",
    "nodeSelectorTerms", "supportedFeatures", "sources", "items", "podIPs", "hostIPs", "images", "referencedBy",
    "matches",
    "preferredDuringSchedulingIgnoredDuringExecution", "requiredDuringSchedulingIgnoredDuringExecution",
    "readinessGates",
    "protocolVersions", "kinds", "supportedKinds", "models", "supplementalGroups", "volumesInUse", "volumesAttached",
    "ipFamilies", "clusterIPs", "gateways", "httpRoutes",
))  # fmt: skip
# Mappings of the user's own keys: a name in them means nothing to Kubernetes.
FREE = frozenset((
    "labels", "annotations", "nodeSelector", "matchLabels", "data", "stringData", "binaryData", "parameters", "limits",
    "requests", "capacity", "allocatable", "hard", "used",
))  # fmt: skip
QUANTITY_MAPS = frozenset(
    ("limits", "requests", "capacity", "allocatable", "hard", "used", "default", "defaultRequest")
)
QUANTITIES = frozenset(("sizeLimit", "storage", "cpu", "memory", "size", "averageValue", "divisor"))
INT_OR_STRING = frozenset(("port", "targetPort", "maxSurge", "maxUnavailable", "minAvailable"))
DURATIONS = frozenset((
    "timeout", "request", "backendRequest", "interval", "duration", "period", "requestTimeout", "scrapeInterval",
    "scrapeTimeout", "idleTimeout", "absoluteTimeout",
))  # fmt: skip
# Present but empty, these say as much as absent; `gateway: {}` and `emptyDir: {}` do not.
EMPTY = frozenset((
    "labels", "annotations", "nodeSelector", "resources", "limits", "requests", "securityContext", "metadata",
    "lastState",
    "status", "strategy", "affinity", "matchLabels", "data", "rollingUpdate", "rollingUpdateConfiguration",
    "rolloutStrategy",
    "storageInitializer", "lora", "namespaces", "allowedRoutes",
))  # fmt: skip
FALSE = frozenset((
    "readOnly", "hostNetwork", "hostPID", "hostIPC", "stdin", "stdinOnce", "tty", "paused", "optional",
    "shareProcessNamespace",
    "privileged", "publishNotReadyAddresses", "controller", "blockOwnerDeletion", "setHostnameAsFQDN",
))  # fmt: skip
ZERO = frozenset((
    "priority", "initialDelaySeconds", "restartCount", "minReadySeconds", "observedGeneration", "unavailableReplicas",
    "readyReplicas", "availableReplicas", "updatedReplicas", "failedCopies", "collisionCount",
))  # fmt: skip
KEPT_EMPTY = frozenset(("storageClassName", "clusterIP"))  # an empty text means something there

SERVER_META = frozenset((
    "uid", "resourceVersion", "generation", "creationTimestamp", "managedFields", "selfLink", "finalizers",
    "generateName",
    "deletionGracePeriodSeconds", "deletionTimestamp",
))  # fmt: skip
SERVER_ANNOTATIONS = (
    "kubectl.kubernetes.io/", "deployment.kubernetes.io/", "autoscaling.alpha.kubernetes.io/", "pv.kubernetes.io/",
    "volume.kubernetes.io/", "volume.beta.kubernetes.io/", "control-plane.alpha.kubernetes.io/",
    "leaderworkerset.sigs.k8s.io/",
    "internal.serving.kserve.io/", "argocd.argoproj.io/", "meta.helm.sh/", "kustomize.toolkit.fluxcd.io/",
    "serving.knative.dev/creator", "serving.knative.dev/lastModifier",
)  # fmt: skip
SERVER_LABELS = ("serving.kserve.io/routing-group", "argocd.argoproj.io/", "kustomize.toolkit.fluxcd.io/")
# What a server or controller fills into a spec, by kind.
SERVER_SPEC: dict[str, frozenset[str]] = {
    "Service": frozenset(
        ("clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy", "internalTrafficPolicy", "healthCheckNodePort")
    ),
    "PersistentVolumeClaim": frozenset(("volumeName",)),
    "Pod": frozenset(("serviceAccount",)),
}
TIMES = frozenset(("lastTransitionTime", "lastHeartbeatTime", "lastUpdateTime", "lastProbeTime", "observedGeneration"))
# Whose owner sets their replicas, whatever anybody wrote there.
OWNED_REPLICAS = frozenset(("ReplicaSet",))

_ANY = ""
# (field around it, field) -> what a server fills in; an empty field around it stands for any.
DEFAULTS: dict[tuple[str, str], Any] = {
    (_ANY, "terminationMessagePath"): "/dev/termination-log",
    (_ANY, "terminationMessagePolicy"): "File",
    (_ANY, "dnsPolicy"): "ClusterFirst",
    (_ANY, "schedulerName"): "default-scheduler",
    (_ANY, "terminationGracePeriodSeconds"): 30,
    (_ANY, "enableServiceLinks"): True,
    (_ANY, "preemptionPolicy"): "PreemptLowerPriority",
    (_ANY, "serviceAccountName"): "default",
    (_ANY, "protocol"): "TCP",
    (_ANY, "timeoutSeconds"): 1,
    (_ANY, "periodSeconds"): 10,
    (_ANY, "successThreshold"): 1,
    (_ANY, "failureThreshold"): 3,
    (_ANY, "scheme"): "HTTP",
    (_ANY, "defaultMode"): 420,
    ("fieldRef", "apiVersion"): "v1",
    (_ANY, "revisionHistoryLimit"): 10,
    (_ANY, "progressDeadlineSeconds"): 600,
    ("strategy", "type"): "RollingUpdate",
    ("rollingUpdate", "maxSurge"): "25%",
    ("rollingUpdate", "maxUnavailable"): "25%",
    (_ANY, "sessionAffinity"): "None",
    ("spec", "type"): "ClusterIP",
    (_ANY, "volumeMode"): "Filesystem",
    ("pod", "restartPolicy"): "Always",
    ("parentRefs", "group"): "gateway.networking.k8s.io",
    ("parentRefs", "kind"): "Gateway",
    ("parentRef", "group"): "gateway.networking.k8s.io",
    ("parentRef", "kind"): "Gateway",
    ("backendRefs", "kind"): "Service",
    ("backendRefs", "weight"): 1,
    ("backendRef", "kind"): "Service",
    ("certificateRefs", "kind"): "Secret",
    ("path", "type"): "PathPrefix",
    ("path", "value"): "/",
    ("headers", "type"): "Exact",
    ("queryParams", "type"): "Exact",
    ("matches", "path"): {"type": "PathPrefix", "value": "/"},
    ("listeners", "allowedRoutes"): {"namespaces": {"from": "Same"}},
    ("allowedRoutes", "namespaces"): {"from": "Same"},
    ("namespaces", "from"): "Same",
    ("kinds", "group"): "gateway.networking.k8s.io",
    ("tls", "mode"): "Terminate",
    ("requestRedirect", "statusCode"): 302,
    (_ANY, "appProtocol"): "http",
    (_ANY, "failureMode"): "FailClose",
    ("endpointPickerRef", "kind"): "Service",
    (_ANY, "startupPolicy"): "LeaderCreated",
    ("leaderWorkerTemplate", "size"): 1,
    ("leaderWorkerTemplate", "restartPolicy"): "RecreateGroupOnPodRestart",
    ("rolloutStrategy", "type"): "RollingUpdate",
    ("rollingUpdateConfiguration", "maxSurge"): 0,
    ("rollingUpdateConfiguration", "maxUnavailable"): 1,
    ("scaling", "minReplicas"): 1,
    ("predictor", "minReplicas"): 1,
    (_ANY, "variantCost"): "10.0",
    (_ANY, "evictionPolicy"): "lru",
    ("fallback", "behavior"): "static",
    ("storageInitializer", "enabled"): True,
    ("spec", "storageInitializer"): {"enabled": True},
    ("tracing", "exporterEndpoint"): "http://otel-collector:4317",
    ("tracing", "sampler"): "parentbased_traceidratio",
    ("tracing", "samplerArg"): "0.05",
    ("tracing", "exporter"): "otlp",
    ("storageUris", "mountPath"): "/mnt/models",
    ("ref", "key"): "epp",
    ("spec", "replicas"): 1,
    ("prefill", "replicas"): 1,
    ("scheduler", "replicas"): 1,
}
