export type Tone = "quiet" | "wait" | "good" | "bad";

/** The label and tone of every state the portal shows. */
const states: Record<string, [label: string, tone: Tone]> = {
  invited: ["Invited", "quiet"],
  applied: ["Applied", "wait"],
  under_review: ["Under review", "wait"],
  approved: ["Approved", "good"],
  suspended: ["Suspended", "bad"],
  rejected: ["Rejected", "bad"],
  open: ["Open", "wait"],
  submitted: ["Submitted", "wait"],
  met: ["Accepted", "good"],
  refused: ["Rejected", "bad"],
  waived: ["Waived", "good"],
  expired: ["Expired", "bad"],
  uploading: ["Upload incomplete", "wait"],
  ready: ["Ready", "quiet"],
  changes_requested: ["Changes requested", "bad"],
  withdrawn: ["Withdrawn", "quiet"],
  superseded: ["Superseded", "quiet"],
  draft: ["Draft", "quiet"],
  archived: ["Archived", "quiet"],
  on_sale: ["On sale", "good"],
  not_on_sale: ["Not on sale", "quiet"],
  sale_planned: ["Sale planned", "wait"],
  cancelled: ["Cancelled", "quiet"],
  halted: ["Halted", "bad"],
  announced: ["Announced", "quiet"],
  registration: ["Registration", "wait"],
  countdown: ["Countdown", "wait"],
  live: ["Live", "good"],
  sold_out: ["Sold out", "quiet"],
  ended: ["Ended", "quiet"],
  active: ["Active", "good"],
  retired: ["Retired", "quiet"],
  revoked: ["Revoked", "quiet"],
  awaiting_payment: ["Awaiting payment", "wait"],
  confirmed: ["Confirmed", "good"],
  fulfilled: ["Fulfilled", "good"],
  closed: ["Closed", "quiet"],
  to_ship: ["To ship", "wait"],
  partly_shipped: ["Partly shipped", "good"],
  shipped: ["Shipped", "good"],
  delivered: ["Delivered", "good"],
  created: ["Created", "wait"],
  handed_over: ["Handed over", "good"],
  in_transit: ["In transit", "good"],
  returned_to_sender: ["Returned to sender", "bad"],
  issued: ["Codes issued", "good"],
  booked: ["Booked", "good"],
  complete: ["Complete", "good"],
  refunded: ["Refunded", "quiet"],
  requires_action: ["Needs authentication", "wait"],
  processing: ["Processing", "wait"],
  succeeded: ["Succeeded", "good"],
  failed: ["Failed", "bad"],
  retrying: ["Retrying", "wait"],
  given_up: ["Given up", "bad"],
  running: ["Running", "wait"],
  done: ["Done", "good"],
  agrees: ["Matches", "good"],
  differs: ["Differs", "bad"],
  requested: ["Requested", "wait"],
  pending: ["Pending", "wait"],
  reported: ["Reported", "good"],
  reversed: ["Reversed", "bad"],
  waiting: ["Waiting for the shopper", "quiet"],
  resolved: ["Resolved", "good"],
  queued: ["Queued", "wait"],
  sent: ["Sent", "good"],
  bounced: ["Bounced", "bad"],
};

export function stateLabel(state: string): string {
  return states[state]?.[0] ?? state.replaceAll("_", " ");
}

export function stateTone(state: string): Tone {
  return states[state]?.[1] ?? "quiet";
}

/** The options of a select or filter whose values are states. */
export function stateOptions(states: readonly string[]): { value: string; label: string }[] {
  return states.map((value) => ({ value, label: stateLabel(value) }));
}
