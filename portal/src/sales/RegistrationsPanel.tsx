import { Button, Group, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { $api } from "../api/client";
import { byCursor } from "../api/pages";
import type { Sale } from "../api/types";
import { EmptyState } from "../components/ListStates";
import { Panel } from "../components/Panel";
import { DataTable } from "../components/DataTable";
import { PagedList } from "../components/PagedList";
import { Timestamp } from "../components/Timestamp";
import { formatCount } from "../format/numbers";
import { formatZoned } from "../format/time";

const listPath = "/providers/{tenant}/sales/{sale}/registrations";

/** The number of registrations for a sale, and their list on demand. */
export function RegistrationsPanel({ sale }: { sale: Sale }) {
  const [listed, setListed] = useState(false);
  const path = { tenant: sale.tenant.id, sale: sale.id };
  const count = $api.useQuery("get", listPath, { params: { path, query: { limit: 1 } } });
  const registered = count.data?.count;
  if (registered === undefined || (registered === 0 && !sale.registration_opens_at)) return null;
  return (
    <Panel title="Registrations">
      <Stack gap="sm">
        <Group justify="space-between">
          <Text>
            <Text span fw={650}>
              {formatCount(registered)}
            </Text>{" "}
            registered
            {sale.registration_opens_at &&
              sale.registration_closes_at &&
              `, from ${formatZoned(sale.registration_opens_at)} to ${formatZoned(sale.registration_closes_at)}`}
          </Text>
          {registered > 0 && (
            <Button
              size="compact-sm"
              variant="default"
              aria-expanded={listed}
              onClick={() => setListed(!listed)}
            >
              {listed ? "Hide names" : "Show names"}
            </Button>
          )}
        </Group>
        {listed && <RegistrationTable path={path} />}
      </Stack>
    </Panel>
  );
}

function RegistrationTable({ path }: { path: { tenant: string; sale: string } }) {
  const list = $api.useInfiniteQuery("get", listPath, { params: { path } }, byCursor);
  return (
    <PagedList
      query={list}
      empty={
        <EmptyState title="No registrations yet">Registered shoppers will appear here.</EmptyState>
      }
    >
      {(rows) => (
        <DataTable
          label="Registered shoppers"
          rows={rows.map((row, index) => ({ ...row, key: `${index} ${row.registered_at}` }))}
          rowKey={(row) => row.key}
          columns={[
            { header: "Name", cell: (row) => row.name },
            { header: "Registered", cell: (row) => <Timestamp at={row.registered_at} /> },
          ]}
        />
      )}
    </PagedList>
  );
}
