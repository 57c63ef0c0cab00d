import { Button, Stack } from "@mantine/core";
import { useState } from "react";
import { $api } from "../api/client";
import { Loaded } from "../components/ListStates";
import { PageHeader } from "../components/PageHeader";
import { Panel } from "../components/Panel";
import { InvitationTable } from "./InvitationTable";
import { MemberTable } from "./MemberTable";
import { StaffInviteDialog } from "./StaffInviteDialog";
import { staffTeam } from "./staffTeam";

export function StaffTeamPage() {
  const team = $api.useQuery("get", "/staff", {}, { refetchInterval: 30_000 });
  const [inviting, setInviting] = useState(false);
  return (
    <>
      <PageHeader
        title="SMP’s team"
        lead="Who works for SMP, and in which roles. What you change counts at once, also on pages that are open."
        actions={<Button onClick={() => setInviting(true)}>Invite someone</Button>}
      />
      <Stack gap="lg">
        <Loaded query={team}>
          {({ items, invitations }) => (
            <>
              <Panel title="Members">
                <MemberTable team={staffTeam} members={items} />
              </Panel>
              {invitations.length > 0 && (
                <Panel title="Open invitations">
                  <InvitationTable team={staffTeam} invitations={invitations} mayManage />
                </Panel>
              )}
            </>
          )}
        </Loaded>
      </Stack>
      {inviting && <StaffInviteDialog onClose={() => setInviting(false)} />}
    </>
  );
}
