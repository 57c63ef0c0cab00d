import type { Role } from "../api/types";
import { formatCount } from "./numbers";

const roleNames: Record<Role, string> = {
  owner: "Owner",
  editor: "Editor",
  fulfilment: "Fulfilment",
  analyst: "Analyst",
  cashier: "Cashier",
  admin: "Administrator",
  manager: "Manager",
  marketing: "Marketing",
  support: "Support",
  finance: "Finance",
};

export function roleName(role: Role): string {
  return roleNames[role];
}

/** Whether the portal knows a role; unknown roles get no access to it. */
export function isRole(word: string): word is Role {
  return word in roleNames;
}

/** "while_supplies_last" → "While supplies last". */
export function humanize(word: string): string {
  const spaced = word.replaceAll("_", " ").replaceAll(".", " ");
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}
