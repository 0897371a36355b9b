"""What differs between two looks at the same objects, and what only seems to."""
