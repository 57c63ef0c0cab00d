import { Anchor, Button, Group, NativeSelect, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { Link } from "react-router";
import { $api } from "../api/client";
import type { Integration, Report, TestClick } from "../api/types";
import { useTenant, useWorkspace } from "../app/SignedIn";
import { CopyText } from "../components/CopyText";
import styles from "../components/components.module.css";
import { EmptyState, Loaded } from "../components/ListStates";
import { notifyError } from "../components/notify";
import { PageHeader } from "../components/PageHeader";
import { Panel } from "../components/Panel";
import { StateBadge } from "../components/StateBadge";
import { curl, pixelTag, testReference } from "./integrationExamples";
import { ReportTable, standingState } from "./ReportTable";

const maxSales = 100;
const refreshMs = 2_000;
const shownReports = 10;

/** Walks a provider through a test click and its reports, and shows what SMP received of each. */
export function IntegrationPage() {
  const tenant = useTenant();
  const { base } = useWorkspace();
  const integration = $api.useQuery("get", "/providers/{tenant}/integration", {
    params: { path: { tenant: tenant.id } },
  });
  return (
    <>
      <PageHeader
        title="Integration"
        lead={
          <>
            Try your cart before a sale: a click, its purchase, an update and a reversal. Tests
            count in no figures. You need an{" "}
            <Anchor component={Link} to={`${base}/api-keys`} underline="always" inherit>
              API key
            </Anchor>
            ; without a server, use the pixel or{" "}
            <Anchor component={Link} to={`${base}/reports`} underline="always" inherit>
              import a file
            </Anchor>
            .
          </>
        }
      />
      <Loaded query={integration}>{(found) => <Steps integration={found} />}</Loaded>
    </>
  );
}

function Steps({ integration }: { integration: Integration }) {
  const tenant = useTenant();
  const [click, setClick] = useState<TestClick | null>(null);
  const [clickedAt, setClickedAt] = useState("");
  const reports = $api.useQuery(
    "get",
    "/providers/{tenant}/reports",
    { params: { path: { tenant: tenant.id }, query: { limit: shownReports } } },
    { refetchInterval: refreshMs },
  );
  const seen = reports.data?.items ?? [];
  const reference = click === null ? null : testReference(click.id);
  return (
    <Stack gap="lg">
      <ClickStep
        click={click}
        onClick={(made) => {
          setClick(made);
          setClickedAt(new Date().toISOString());
        }}
      />
      {click !== null && reference !== null && (
        <>
          <ReportStep
            title="2. Report the purchase"
            text="Your server sends this when an order is placed. Send it again until it is answered; a repeat changes nothing."
            code={curl(integration.api_url, "purchases", {
              click_token: click.click_token,
              reference,
              quantity: 1,
              amount_minor: click.price.amount,
              currency: click.price.currency,
            })}
            seen={seen.find((of) => of.reference === reference && of.kind === "purchase")}
          />
          <ReportStep
            title="3. Report an update"
            text="When you confirm the order, ship it or issue a code: now or days later, in any order."
            code={curl(integration.api_url, "updates", {
              reference,
              update_reference: "confirmation",
              occurred_at: clickedAt,
              confirmed: true,
              confirmation_number: "A-1",
            })}
            seen={seen.find((of) => of.reference === reference && of.kind === "update")}
          />
          <ReportStep
            title="4. Report a reversal"
            text="When an order is returned or cancelled. With a quantity or an amount it is a part of the order, and needs a reversal_reference."
            code={curl(integration.api_url, "reversals", { reference, reason: "Test" })}
            seen={seen.find((of) => of.reference === reference && of.kind === "reversal")}
          />
          <Panel title="Or the pixel, without a server">
            <Stack>
              <Text size="sm">
                Put this line into the confirmation page of your cart, with the values of the order.
                A shopper’s browser sends it, so a purchase that only the pixel reported counts once
                you confirm it: under Conversions, in a file, or by an update.
              </Text>
              <Code
                text={pixelTag(integration.pixel_url, click.click_token, reference, click.price)}
              />
            </Stack>
          </Panel>
        </>
      )}
      <Panel title="What SMP has received">
        <Loaded query={reports}>
          {({ items }) =>
            items.length === 0 ? (
              <EmptyState title="Nothing yet">
                Reports appear here within seconds, whether they fit or not.
              </EmptyState>
            ) : (
              <ReportTable reports={items} />
            )
          }
        </Loaded>
      </Panel>
    </Stack>
  );
}

function ClickStep({
  click,
  onClick,
}: {
  click: TestClick | null;
  onClick: (click: TestClick) => void;
}) {
  const tenant = useTenant();
  const sales = $api.useQuery("get", "/providers/{tenant}/sales", {
    params: { path: { tenant: tenant.id }, query: { limit: maxSales } },
  });
  const redirecting = sales.data?.items.filter(({ mode }) => mode === "redirect") ?? [];
  const [sale, setSale] = useState("");
  const chosen = sale || redirecting[0]?.id;
  const make = $api.useMutation("post", "/providers/{tenant}/test-clicks", {
    onSuccess: onClick,
    onError: notifyError,
  });
  return (
    <Panel title="1. Make a test click">
      {sales.data && redirecting.length === 0 ? (
        <EmptyState title="No sale in your own cart yet">
          Create a sale that shoppers pay in your own cart. A draft is enough to test with.
        </EmptyState>
      ) : (
        <Stack>
          <Group align="flex-end">
            <NativeSelect
              label="Sale"
              value={chosen ?? ""}
              onChange={(event) => setSale(event.currentTarget.value)}
              data={redirecting.map(({ id, title }) => ({ value: id, label: title }))}
            />
            <Button
              loading={make.isPending}
              disabled={chosen === undefined}
              onClick={() => {
                if (chosen !== undefined)
                  make.mutate({
                    params: { path: { tenant: tenant.id } },
                    body: { sale_id: chosen },
                  });
              }}
            >
              Make a test click
            </Button>
          </Group>
          {click !== null && (
            <>
              <Text size="sm">
                A shopper would be sent to this address. Open it to order in your cart, or report
                the click by hand below.
              </Text>
              <Code text={click.url} />
              <Anchor href={click.url} target="_blank" rel="noreferrer" size="sm">
                Open your cart
              </Anchor>
            </>
          )}
        </Stack>
      )}
    </Panel>
  );
}

function ReportStep({
  title,
  text,
  code,
  seen,
}: {
  title: string;
  text: string;
  code: string;
  seen: Report | undefined;
}) {
  return (
    <Panel
      title={title}
      aside={
        seen ? (
          <StateBadge state={standingState(seen.standing)} />
        ) : (
          <Text size="sm" c="dimmed">
            Not seen yet
          </Text>
        )
      }
    >
      <Stack>
        <Text size="sm">{text}</Text>
        <Code text={code} />
        {seen?.problem && <Text size="sm">{seen.problem}</Text>}
      </Stack>
    </Panel>
  );
}

function Code({ text }: { text: string }) {
  return (
    <div>
      <code className={styles.secret} style={{ display: "block", whiteSpace: "pre-wrap" }}>
        {text}
      </code>
      <Group mt="xs">
        <CopyText value={text} label="Copy" />
      </Group>
    </div>
  );
}
