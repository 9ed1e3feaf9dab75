// Runs when Gradio has put the panel on the page.
new window.a3lign.AlignmentTab(element);
