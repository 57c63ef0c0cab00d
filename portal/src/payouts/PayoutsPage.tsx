import { Alert, Anchor, Button, Group, List, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { $api } from "../api/client";
import type { PayoutAccount } from "../api/types";
import { useTenant } from "../app/SignedIn";
import { FormError } from "../components/FormError";
import { Loaded } from "../components/ListStates";
import { PageHeader } from "../components/PageHeader";
import { Panel } from "../components/Panel";
import { StateBadge } from "../components/StateBadge";
import { formatDate } from "../format/time";
import { BalancePanel } from "./BalancePanel";
import { BankAccountPanel } from "./BankAccountPanel";
import { leaveFor } from "./leaveFor";
import { OwnStatements } from "./StatementTable";

/** How a provider is paid what its hosted sales bring, for its owner. */
export function PayoutsPage() {
  const tenant = useTenant();
  const payouts = $api.useQuery("get", "/providers/{tenant}/payouts", {
    params: { path: { tenant: tenant.id } },
  });
  return (
    <>
      <PageHeader
        title="Payouts"
        lead="How you are paid for what is sold in SMP’s own cart. What is sold in your cart, you are paid for there."
      />
      <Loaded query={payouts}>
        {(account) => <Account account={account} changed={() => void payouts.refetch()} />}
      </Loaded>
      <Stack gap="lg" mt="lg">
        <BalancePanel tenant={tenant.id} />
        <OwnStatements tenant={tenant.id} />
        <BankAccountPanel tenant={tenant.id} />
      </Stack>
    </>
  );
}

function Account({ account, changed }: { account: PayoutAccount; changed: () => void }) {
  const [wrong, setWrong] = useState<unknown>();
  const params = { params: { path: { tenant: account.provider.id } } };
  const onboarding = $api.useMutation("post", "/providers/{tenant}/payouts/onboarding");
  const dashboard = $api.useMutation("post", "/providers/{tenant}/payouts/dashboard");
  const setUp = () => {
    setWrong(undefined);
    onboarding
      .mutateAsync(params)
      // The address opens once, so it is left for at once and never shown.
      .then(({ url }) => (url == null ? changed() : leaveFor(url)))
      .catch(setWrong);
  };
  const look = () => {
    setWrong(undefined);
    dashboard
      .mutateAsync(params)
      .then(({ url }) => leaveFor(url))
      .catch(setWrong);
  };
  const action = setUpLabel(account);
  const atStripe = account.gateway === "stripe" && account.state !== "none";
  return (
    <Stack gap="lg" maw={720}>
      {account.sandbox && (
        <Alert color="gray" title="A test installation">
          No payment gateway is set up here. Payouts are tried out with a test account, and no money
          moves.
        </Alert>
      )}
      {account.required && account.state !== "enabled" && (
        <Alert color="brick" title="Your hosted sales wait for this" role="status">
          They are approved, and go live, only when you can be paid.
        </Alert>
      )}
      <Panel title="Your account" aside={<StateBadge state={`payouts_${account.state}`} />}>
        <Stack gap="sm">
          <Text size="sm">{standing(account)}</Text>
          <Requirements account={account} />
          <FormError message={wrong} />
          <Group>
            {action !== undefined && (
              <Button onClick={setUp} loading={onboarding.isPending}>
                {action}
              </Button>
            )}
            {atStripe && account.state !== "onboarding" && (
              <Button variant="default" onClick={look} loading={dashboard.isPending}>
                Open Stripe’s dashboard
              </Button>
            )}
          </Group>
          {atStripe && (
            <Text size="sm" c="dimmed">
              Stripe asks for your details and your bank account, and keeps them. SMP sees only what
              is still missing.{" "}
              <Anchor
                href="https://stripe.com/connect-account/legal"
                target="_blank"
                rel="noreferrer"
              >
                Stripe’s terms
              </Anchor>
            </Text>
          )}
        </Stack>
      </Panel>
    </Stack>
  );
}

/** What the gateway asks for, and until when. */
export function Requirements({ account }: { account: PayoutAccount }) {
  if (account.requirements.length === 0) return null;
  return (
    <div>
      <Text size="sm" fw={600}>
        {account.due_at == null
          ? "Still asked for"
          : `Asked for until ${formatDate(account.due_at)}`}
      </Text>
      <List size="sm">
        {account.requirements.map(({ what, past_due }) => (
          <List.Item key={what}>
            {what}
            {past_due && " (overdue)"}
          </List.Item>
        ))}
      </List>
    </div>
  );
}

function setUpLabel({ gateway, state }: PayoutAccount): string | undefined {
  if (gateway == null || state === "disabled") return undefined;
  if (state === "none") return gateway === "sandbox" ? "Make a test account" : "Set up payouts";
  if (gateway === "sandbox") return undefined;
  return state === "enabled" ? "Change your details" : "Continue";
}

function standing({ gateway, state, requirements }: PayoutAccount): string {
  if (gateway == null) return "No gateway here pays providers out. Ask SMP how you are paid.";
  switch (state) {
    case "none":
      return gateway === "sandbox"
        ? "There is no test account yet."
        : "You have no account yet. It takes a few minutes, at our payment partner Stripe.";
    case "onboarding":
      return "You began to set up your account at Stripe, and have not finished.";
    case "restricted":
      return requirements.length > 0
        ? "Stripe needs more from you before it pays you."
        : "Stripe is checking what you entered. This can take a few days.";
    case "enabled":
      return gateway === "sandbox"
        ? "The test account is ready."
        : "Everything is ready: Stripe pays what you sell to your bank account.";
    case "disabled":
      return "Stripe has closed your account. Write to SMP, so that we can find out why.";
  }
}
