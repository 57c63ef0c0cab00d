import type { Message } from "../api/types";

export function channelName(channel: Message["channel"]): string {
  return channel === "sms" ? "Text message" : "Email";
}
