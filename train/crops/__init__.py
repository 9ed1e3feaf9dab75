"""Face squares cut out once: what trains an image tower reads neither videos nor detectors."""
