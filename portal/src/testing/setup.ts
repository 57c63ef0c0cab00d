import { cleanup, configure } from "@testing-library/react";
import { afterEach, vi } from "vitest";

afterEach(cleanup);

// On a slow machine a page may take longer than the default second; a test may take twenty.
configure({ asyncUtilTimeout: 10_000 });

// Browser APIs that Mantine uses and jsdom lacks.
Object.defineProperty(window, "matchMedia", {
  writable: true,
  value: vi.fn((query: string) => ({
    matches: false,
    media: query,
    onchange: null,
    addEventListener: vi.fn(),
    removeEventListener: vi.fn(),
    addListener: vi.fn(),
    removeListener: vi.fn(),
    dispatchEvent: vi.fn(),
  })),
});

class ResizeObserverStub {
  observe() {}
  unobserve() {}
  disconnect() {}
}
window.ResizeObserver = ResizeObserverStub;
Element.prototype.scrollIntoView = () => undefined;
Object.defineProperty(document, "fonts", { value: new EventTarget() });

// The stream of the session, which tells nothing unless a test has another in its place.
class SilentEventSource extends EventTarget {
  static readonly CLOSED = 2;
  readyState = 1;
  close() {}
}
Object.defineProperty(window, "EventSource", {
  writable: true,
  configurable: true,
  value: SilentEventSource,
});
