import type { Member, MemberRole } from "../api/types";

/** The roles of a provider’s team, each with what it is for. */
export const memberDuties: readonly (readonly [MemberRole, string])[] = [
  ["owner", "everything, including the team"],
  ["editor", "assets, offers, sales"],
  ["fulfilment", "parcels and shipments"],
  ["analyst", "statistics"],
  ["cashier", "stock of live sales"],
];

/** A person of the team with all their roles. */
export interface TeamPerson {
  id: string;
  name: string;
  email: string;
  roles: MemberRole[];
  state: string;
  since: string;
}

/** The people of a team, of whom the API has an entry for each role. */
export function membersOf(entries: Member[]): TeamPerson[] {
  const people = new Map<string, TeamPerson>();
  for (const { account_id: id, name, email, role, state, created_at } of entries) {
    const known = people.get(id);
    if (!known) {
      people.set(id, { id, name, email, roles: [role], state, since: created_at });
      continue;
    }
    known.roles.push(role);
    if (created_at < known.since) known.since = created_at;
  }
  const order = memberDuties.map(([role]) => role);
  for (const person of people.values())
    person.roles.sort((one, other) => order.indexOf(one) - order.indexOf(other));
  return [...people.values()];
}
