// A form that leads to a payment provider is sent at once, but not again after the back button.
const form = document.querySelector("form[data-send-now]");
const [loaded] = performance.getEntriesByType("navigation");
const isReturn = loaded instanceof PerformanceNavigationTiming && loaded.type === "back_forward";
if (form instanceof HTMLFormElement && !isReturn) form.requestSubmit();
