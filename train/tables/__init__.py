"""The paper's tables: what stands in each, the trainings behind it, and how it is written down."""
