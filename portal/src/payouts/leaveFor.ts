/** Leaves the portal for another site. */
export function leaveFor(url: string): void {
  window.location.assign(url);
}
