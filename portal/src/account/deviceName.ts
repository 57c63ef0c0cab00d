import Bowser from "bowser";

/** "Firefox on macOS", from a user agent. */
export function deviceName(userAgent: string): string {
  if (userAgent === "") return "Unknown browser";
  const parser = Bowser.getParser(userAgent);
  const browser = parser.getBrowserName();
  const system = parser.getOSName();
  if (browser === "") return userAgent.slice(0, 60);
  return system === "" ? browser : `${browser} on ${system}`;
}
