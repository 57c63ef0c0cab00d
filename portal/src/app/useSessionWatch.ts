import { useEffect } from "react";
import { meKey, queryClient } from "../api/client";

const streamPath = "/session/live";
/** The pause before a stream that the server refused is opened again. */
const retryMs = 5_000;

/**
 * Reads the account of whoever is signed in again within a moment when its session ends or its roles
 * change, so that an open page is not open longer than its reader may see it. A hidden page listens to
 * nothing (a browser has few connections to a server), and asks as soon as it is seen again.
 */
export function useSessionWatch(isSignedIn: boolean): void {
  useEffect(() => {
    if (!isSignedIn) return;
    let stream: EventSource | undefined;
    let retry: ReturnType<typeof setTimeout> | undefined;
    const ask = () => void queryClient.invalidateQueries({ queryKey: meKey });
    const close = () => {
      clearTimeout(retry);
      stream?.close();
      stream = undefined;
    };
    const open = () => {
      close();
      stream = new EventSource(streamPath);
      stream.addEventListener("changed", ask);
      stream.addEventListener("ended", () => {
        close();
        ask();
      });
      let wasLost = false;
      stream.onopen = () => {
        // What happened meanwhile was not told.
        if (wasLost) ask();
        wasLost = false;
      };
      stream.onerror = () => {
        wasLost = true;
        if (stream?.readyState !== EventSource.CLOSED) return;
        // The server refused it: the session is over, or it has no room for another stream.
        ask();
        retry = setTimeout(open, retryMs);
      };
    };
    const onVisibility = () => {
      if (document.visibilityState === "hidden") {
        close();
        return;
      }
      ask();
      open();
    };
    if (document.visibilityState !== "hidden") open();
    document.addEventListener("visibilitychange", onVisibility);
    return () => {
      document.removeEventListener("visibilitychange", onVisibility);
      close();
    };
  }, [isSignedIn]);
}
