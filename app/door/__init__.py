"""What every request passes before Gradio or a route of ours sees it, and where files may lie."""
