import { Badge, Button, Group, Switch, Text } from "@mantine/core";
import { useState } from "react";
import { $api, refresh } from "../api/client";
import type { CatalogueMessage } from "../api/types";
import { areas } from "../app/navigation";
import { useHasRole } from "../app/SignedIn";
import { staffBase } from "../app/workspace";
import { DataTable } from "../components/DataTable";
import { ChoiceFilter, FilterBar, SearchField, useChoice, useFilter } from "../components/Filters";
import { EmptyState, Loaded } from "../components/ListStates";
import { notifyError, notifySuccess } from "../components/notify";
import { PageHeader } from "../components/PageHeader";
import { formatDateTime } from "../format/time";
import { humanize } from "../format/text";
import { channelName } from "./channelName";
import { MessagePreview } from "./MessagePreview";

const audiences = ["shoppers", "provider_team", "smp_team", "both_teams", "everyone"] as const;
const audienceNames: Record<CatalogueMessage["audience"], string> = {
  shoppers: "Shoppers",
  provider_team: "Provider’s team",
  smp_team: "SMP’s team",
  both_teams: "Both teams",
  everyone: "Everyone",
};
const kindNames: Record<NonNullable<CatalogueMessage["kind"]>, string> = {
  reminders: "Reminders",
  waitlist: "Waitlist",
  orders: "Order news",
  launches: "New sales",
  team: "Team news",
};

export function MessageCataloguePage() {
  const [q] = useFilter("q");
  const [audience, setAudience] = useChoice("audience", audiences);
  const [shown, setShown] = useState<CatalogueMessage | null>(null);
  const catalogue = $api.useQuery("get", "/message-catalogue");
  const words = q.toLowerCase();
  const isListed = (message: CatalogueMessage) =>
    (audience === undefined || message.audience === audience) &&
    [message.name, humanize(message.name), ...message.triggers].some((text) =>
      text.toLowerCase().includes(words),
    );
  return (
    <>
      <PageHeader
        title="All kinds of messages"
        lead="What SMP sends, when and to whom. Recipients can switch off what is optional, and so can SMP for everyone."
        back={{ to: staffBase + areas.messages.path, label: "Messages" }}
      />
      <FilterBar>
        <SearchField label="Search kinds of messages" />
        <ChoiceFilter
          label="For"
          all="For anyone"
          value={audience}
          onChange={setAudience}
          options={audiences.map((value) => ({ value, label: audienceNames[value] }))}
        />
      </FilterBar>
      <Loaded query={catalogue}>
        {({ items }) => {
          const listed = items.filter(isListed);
          return listed.length === 0 ? (
            <EmptyState title="No such message">Search by name or trigger.</EmptyState>
          ) : (
            <CatalogueTable messages={listed} onShow={setShown} />
          );
        }}
      </Loaded>
      {shown && <MessagePreview message={shown} key={shown.name} onClose={() => setShown(null)} />}
    </>
  );
}

function CatalogueTable({
  messages,
  onShow,
}: {
  messages: CatalogueMessage[];
  onShow: (message: CatalogueMessage) => void;
}) {
  return (
    <DataTable
      label="Kinds of messages"
      rows={messages}
      rowKey={(message) => message.name}
      columns={[
        {
          header: "Message",
          cell: (message) => (
            <div>
              <Text fw={550}>{humanize(message.name)}</Text>
              <Text size="sm" c="dimmed" style={{ overflowWrap: "anywhere" }}>
                {message.triggers.join(", ")}
              </Text>
            </div>
          ),
        },
        { header: "For", cell: (message) => audienceNames[message.audience] },
        {
          header: "By",
          cell: (message) => message.channels.map(channelName).join(", "),
        },
        { header: "Languages", cell: (message) => message.locales.join(", "), kind: "dim" },
        { header: "Kind", cell: (message) => <MessageKind message={message} /> },
        { header: "Sent", cell: (message) => <MessageSwitch message={message} /> },
        {
          header: "Action",
          kind: "number",
          cell: (message) =>
            message.samples.length > 0 && (
              <Button
                size="xs"
                variant="default"
                onClick={() => onShow(message)}
                aria-label={`Look at ${humanize(message.name)}`}
              >
                Look
              </Button>
            ),
        },
      ]}
    />
  );
}

function MessageKind({ message }: { message: CatalogueMessage }) {
  return (
    <Group gap={6}>
      {message.kind == null ? (
        <Text span size="sm">
          Needed
        </Text>
      ) : (
        <Text span size="sm">
          {kindNames[message.kind]}
        </Text>
      )}
      {message.is_secret && (
        <Badge variant="default" size="sm">
          Secret
        </Badge>
      )}
    </Group>
  );
}

/** On or off for everyone. What its recipients need is always on. */
function MessageSwitch({ message }: { message: CatalogueMessage }) {
  const mayChange = useHasRole("admin", "manager");
  const change = $api.useMutation("put", "/message-catalogue/{name}/switch", {
    onSuccess: async (_, { body }) => {
      await refresh("/message-catalogue");
      notifySuccess(body.is_on ? "The message is sent again." : "The message is switched off.");
    },
    onError: notifyError,
  });
  if (message.kind == null) return <Text size="sm">Always</Text>;
  return (
    <>
      <Switch
        checked={message.is_on}
        disabled={!mayChange || change.isPending}
        onChange={(event) =>
          change.mutate({
            params: { path: { name: message.name } },
            body: { is_on: event.currentTarget.checked },
          })
        }
        aria-label={`Send ${humanize(message.name)}`}
      />
      {message.switched_at != null && (
        <Text size="xs" c="dimmed">
          Off since {formatDateTime(message.switched_at)}
          {message.switched_by != null && `, by ${message.switched_by}`}
        </Text>
      )}
    </>
  );
}
