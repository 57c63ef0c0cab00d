import type { Member, MemberRole, Role } from "../api/types";

/** A role with what it is for. */
export type Duty<R extends Role> = readonly [R, string];

/** The roles of a provider’s team. */
export const memberDuties: readonly Duty<MemberRole>[] = [
  ["owner", "everything, including the team"],
  ["editor", "assets, offers, sales"],
  ["fulfilment", "parcels and shipments"],
  ["analyst", "statistics"],
  ["cashier", "stock of live sales, redeeming vouchers"],
];

/** A person of a team with all their roles. */
export interface TeamPerson<R extends Role> {
  account_id: string;
  name: string;
  email: string;
  roles: R[];
  state: string;
  since: string;
}

/** The people of a provider’s team, of whom the API has an entry for each role. */
export function membersOf(entries: Member[]): TeamPerson<MemberRole>[] {
  const people = new Map<string, TeamPerson<MemberRole>>();
  for (const { account_id, name, email, role, state, created_at } of entries) {
    const known = people.get(account_id);
    if (!known) {
      people.set(account_id, {
        account_id,
        name,
        email,
        roles: [role],
        state,
        since: created_at,
      });
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
