// The library that draws figures: three quarters of all that a page can load, so it comes when the
// first figure is needed.
const ADDRESS = "../plotly/plotly.min.js";
let loading = null;

// Resolves once window.Plotly is there; a failed attempt is forgotten, the next call tries again.
export function plotly() {
  if (window.Plotly) return Promise.resolve();
  loading ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = new URL(ADDRESS, import.meta.url);
    script.onload = resolve;
    script.onerror = () => {
      loading = null;
      script.remove();
      reject(new Error("The curves could not be loaded; check the connection and try again."));
    };
    document.head.append(script);
  });
  return loading;
}
