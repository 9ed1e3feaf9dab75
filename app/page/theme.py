"""The Gradio theme, and the class colours under the name the tabs use."""

import gradio as gr

from app.figures.style import (
    CLASS_STYLES,
    SURFACES,
    ClassStyle,
    Mode,
    Surface,
    class_styles,
    style_data,
)

__all__ = [
    "CLASS_STYLES",
    "SURFACES",
    "ClassStyle",
    "Mode",
    "Surface",
    "build_theme",
    "class_styles",
    "style_data",
]

# The visitor's own fonts: nothing is fetched from a font service.
SANS = ("ui-sans-serif", "system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif")
MONO = ("ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace")


def build_theme() -> gr.themes.Base:
    """Return the theme: Gradio's parts in the colours of ``assets/app/shared/style.css``.

    Values name the CSS variables, so that one file decides every colour and both modes.
    """
    theme = gr.themes.Base(font=list(SANS), font_mono=list(MONO))
    colors = {
        "body_background_fill": "var(--a3-page)",
        "body_text_color": "var(--a3-text)",
        "body_text_color_subdued": "var(--a3-muted)",
        "background_fill_primary": "var(--a3-surface)",
        "background_fill_secondary": "var(--a3-sunken)",
        "border_color_primary": "var(--a3-border)",
        "border_color_accent": "var(--a3-accent)",
        "color_accent_soft": "var(--a3-accent-soft)",
        "block_background_fill": "var(--a3-surface)",
        "block_border_color": "var(--a3-border)",
        "block_label_background_fill": "var(--a3-surface)",
        "block_label_text_color": "var(--a3-muted)",
        "block_title_text_color": "var(--a3-text)",
        "input_background_fill": "var(--a3-surface)",
        "input_border_color": "var(--a3-border)",
        "button_primary_background_fill": "var(--a3-button)",
        "button_primary_background_fill_hover": "var(--a3-button-hover)",
        "button_primary_text_color": "var(--a3-button-text)",
        "button_secondary_background_fill": "var(--a3-surface)",
        "button_secondary_background_fill_hover": "var(--a3-sunken)",
        "button_secondary_border_color": "var(--a3-border-strong)",
        "button_secondary_text_color": "var(--a3-text)",
        "link_text_color": "var(--a3-accent)",
        "panel_background_fill": "var(--a3-surface)",
    }
    both = colors | {f"{name}_dark": value for name, value in colors.items()}
    return theme.set(
        **both,
        block_shadow="none",
        block_radius="var(--a3-radius)",
        button_large_radius="var(--a3-radius-small)",
        button_small_radius="var(--a3-radius-small)",
        input_radius="var(--a3-radius-small)",
    )
