import { Button, Text } from "@mantine/core";
import { $api, refresh } from "../api/client";
import { byCursor } from "../api/pages";
import type { SuppressedAddress } from "../api/types";
import { areas } from "../app/navigation";
import { staffBase } from "../app/workspace";
import { confirmAction } from "../components/confirmAction";
import { DataTable } from "../components/DataTable";
import { FilterBar, SearchField, useFilter } from "../components/Filters";
import { EmptyState } from "../components/ListStates";
import { notifyError, notifySuccess } from "../components/notify";
import { PagedList } from "../components/PagedList";
import { PageHeader } from "../components/PageHeader";
import { Timestamp } from "../components/Timestamp";

export function SuppressedAddressesPage() {
  const [q] = useFilter("q");
  const addresses = $api.useInfiniteQuery(
    "get",
    "/mail/suppressed-addresses",
    { params: { query: { q: q || undefined } } },
    byCursor,
  );
  return (
    <>
      <PageHeader
        title="Addresses that don’t work"
        lead="Mail to them came back, or their owners complained of it. They get only what they need."
        back={{ to: staffBase + areas.messages.path, label: "Messages" }}
      />
      <FilterBar>
        <SearchField label="Search addresses" />
      </FilterBar>
      <PagedList
        query={addresses}
        empty={<EmptyState title="No addresses">No mail has come back.</EmptyState>}
      >
        {(items) => (
          <DataTable
            label="Addresses that don’t work"
            rows={items}
            rowKey={(address) => address.id}
            columns={[
              {
                header: "Address",
                cell: ({ address }) => (
                  <Text span style={{ overflowWrap: "anywhere" }}>
                    {address}
                  </Text>
                ),
              },
              {
                header: "Why",
                cell: ({ kind, reason }) => (
                  <Text size="sm" style={{ overflowWrap: "anywhere" }}>
                    {kind === "complaint" ? "Its owner complained" : "Mail came back"}
                    {reason && `: ${reason}`}
                  </Text>
                ),
              },
              {
                header: "Since",
                cell: (address) => <Timestamp at={address.suppressed_at} />,
                kind: "dim",
              },
              {
                header: "Action",
                kind: "number",
                cell: (address) => <LiftButton address={address} />,
              },
            ]}
          />
        )}
      </PagedList>
    </>
  );
}

function LiftButton({ address }: { address: SuppressedAddress }) {
  const lift = $api.useMutation("delete", "/mail/suppressed-addresses/{id}", {
    onSuccess: async () => {
      await refresh("/mail/suppressed-addresses");
      notifySuccess("The address gets everything again that its owner wants.");
    },
    onError: notifyError,
  });
  return (
    <Button
      size="xs"
      variant="default"
      loading={lift.isPending}
      aria-label={`Allow ${address.address} again`}
      onClick={() =>
        confirmAction({
          title: "Send to this address again?",
          message: "Do so when its owner asks for it, or when you know that it works again.",
          action: "Send again",
          destructive: false,
          onConfirm: () => lift.mutate({ params: { path: { id: address.id } } }),
        })
      }
    >
      Allow again
    </Button>
  );
}
