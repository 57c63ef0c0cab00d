import { api, refresh } from "../api/client";
import type { MemberRole, Members } from "../api/types";
import { StateBadge } from "../components/StateBadge";
import { Timestamp } from "../components/Timestamp";
import { roleName } from "../format/text";
import { memberDuties, type TeamPerson } from "./members";
import type { Team } from "./team";

const listPath = "/providers/{tenant}/members";

/** The team of a provider. */
export function providerTeam(
  tenant: string,
): Team<MemberRole, TeamPerson<MemberRole>, Members["invitations"][number]> {
  const of = (account: string) => ({ params: { path: { tenant, account } } });
  const ofInvitation = (invitation: string) => ({ params: { path: { tenant, invitation } } });
  return {
    duties: memberDuties,
    columns: [
      { header: "Since", cell: ({ since }) => <Timestamp at={since} />, kind: "dim" },
      { header: "State", cell: ({ state }) => <StateBadge state={state} /> },
    ],
    suspension: ({ roles }) =>
      roles.includes("owner")
        ? "They can’t open this shop’s portal until you resume them, and the API keys they made are refused meanwhile."
        : "They can’t open this shop’s portal until you resume them.",
    removal: ({ name, roles }) => ({
      title: `Remove ${name}?`,
      message: roles.includes("owner")
        ? "They lose their roles immediately, and the API keys they made are revoked: make new ones first for servers that use them. You can invite them again."
        : "They lose their roles immediately. You can invite them again.",
      done: "Removed from the team.",
    }),
    setRoles: ({ account_id }, roles) =>
      api.PUT("/providers/{tenant}/members/{account}/roles", {
        ...of(account_id),
        body: { roles },
      }),
    suspend: ({ account_id }) =>
      api.POST("/providers/{tenant}/members/{account}/suspend", of(account_id)),
    resume: ({ account_id }) =>
      api.POST("/providers/{tenant}/members/{account}/resume", of(account_id)),
    remove: ({ account_id, roles }) => removeRoles(tenant, account_id, roles),
    invitedAs: { header: "Role", cell: ({ role }) => roleName(role) },
    resend: ({ id }) =>
      api.POST("/providers/{tenant}/invitations/{invitation}/resend", ofInvitation(id)),
    revoke: ({ id }) =>
      api.DELETE("/providers/{tenant}/invitations/{invitation}", ofInvitation(id)),
    reload: () => refresh(listPath),
  };
}

/** The role of the owner is first: if the last owner stays, all of it does. */
async function removeRoles(tenant: string, account: string, roles: MemberRole[]) {
  try {
    for (const role of roles)
      await api.DELETE("/providers/{tenant}/members/{account}/{role}", {
        params: { path: { tenant, account, role } },
      });
  } catch (error) {
    // Some may be gone.
    void refresh(listPath);
    throw error;
  }
}
