window.a3lign.startLive(element, props.settings, () => trigger("saved"));
