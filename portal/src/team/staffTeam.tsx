import { ResetFactor } from "../access/ResetFactor";
import { api, refresh } from "../api/client";
import type { StaffInvitation, StaffMember, StaffRole } from "../api/types";
import { StateBadge } from "../components/StateBadge";
import { RelativeTime, Timestamp } from "../components/Timestamp";
import { roleName } from "../format/text";
import type { Team } from "./team";

const of = (account: string) => ({ params: { path: { account } } });
const ofInvitation = (invitation: string) => ({ params: { path: { invitation } } });

/** SMP’s own team. */
export const staffTeam: Team<StaffRole, StaffMember, StaffInvitation> = {
  duties: [
    ["admin", "Everything, and this team"],
    ["manager", "Providers, contracts, reviews and sales"],
    ["marketing", "Featured sales and access points"],
    ["support", "Shoppers, their orders and refunds"],
    ["finance", "Payments, payouts, statements and the books"],
  ],
  columns: [
    { header: "State", cell: ({ state }) => <StateBadge state={state} /> },
    { header: "Since", cell: ({ since }) => <Timestamp at={since} />, kind: "dim" },
    {
      header: "Last seen",
      cell: ({ last_seen_at }) => (last_seen_at ? <RelativeTime at={last_seen_at} /> : "Never"),
      kind: "dim",
    },
  ],
  // Their own, people replace under Security.
  othersAction: ({ account_id, name }) => <ResetFactor account={account_id} name={name} />,
  suspension: () =>
    "They are signed out everywhere at once and can’t open this portal until you resume them. They are told by email.",
  removal: ({ name }) => ({
    title: `Remove ${name} from SMP’s team?`,
    message:
      "They lose every role and are signed out everywhere at once. They are told by email. You can invite them again.",
    done: `${name} was removed from the team.`,
  }),
  setRoles: ({ account_id }, roles) =>
    api.PUT("/staff/members/{account}/roles", { ...of(account_id), body: { roles } }),
  suspend: ({ account_id }) => api.POST("/staff/members/{account}/suspend", of(account_id)),
  resume: ({ account_id }) => api.POST("/staff/members/{account}/resume", of(account_id)),
  remove: ({ account_id }) => api.DELETE("/staff/members/{account}", of(account_id)),
  invitedAs: { header: "Roles", cell: ({ roles }) => roles.map(roleName).join(", ") },
  resend: ({ id }) => api.POST("/staff/invitations/{invitation}/resend", ofInvitation(id)),
  revoke: ({ id }) => api.DELETE("/staff/invitations/{invitation}", ofInvitation(id)),
  reload: () => refresh("/staff"),
};
