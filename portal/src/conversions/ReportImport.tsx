import { Alert, Anchor, Button, FileInput, Group, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { $api, apiRoot, refresh } from "../api/client";
import { explain } from "../api/problem";
import type { ReportImport as Imported } from "../api/types";
import { useTenant } from "../app/SignedIn";
import { DataTable } from "../components/DataTable";
import { Panel } from "../components/Panel";
import { plural } from "../format/text";

/** A file of reports, for a provider without a server. */
export function ReportImport() {
  const tenant = useTenant();
  const [file, setFile] = useState<File | null>(null);
  const upload = $api.useMutation("post", "/providers/{tenant}/reports/import", {
    onSuccess: () => refresh("/providers/{tenant}/reports", "/providers/{tenant}/conversions"),
  });
  const send = async () => {
    if (file === null) return;
    upload.mutate({
      params: { path: { tenant: tenant.id } },
      body: await file.text(),
      headers: { "Content-Type": "text/csv" },
      bodySerializer: (text: string) => text,
    });
  };
  return (
    <Panel title="Import a file">
      <Stack>
        <Text size="sm">
          A CSV file with one purchase, update or reversal on a line, at most 1,000 lines. Lines
          that were imported before change nothing.{" "}
          <Anchor
            href={`${apiRoot}/providers/${tenant.id}/reports/template`}
            download
            underline="always"
            inherit
          >
            Download the template
          </Anchor>
        </Text>
        <Group align="flex-end">
          <FileInput
            label="CSV file"
            placeholder="Choose a file"
            accept=".csv,text/csv"
            clearable
            value={file}
            onChange={(chosen) => {
              setFile(chosen);
              upload.reset();
            }}
            style={{ flex: "1 1 14rem" }}
          />
          <Button disabled={file === null} loading={upload.isPending} onClick={() => void send()}>
            Import
          </Button>
        </Group>
        {upload.isError && (
          <Alert color="brick" role="alert">
            {explain(upload.error)}
          </Alert>
        )}
        {upload.data && <ImportResult imported={upload.data} />}
      </Stack>
    </Panel>
  );
}

function ImportResult({ imported }: { imported: Imported }) {
  const parts = [
    `${plural(imported.counted, "line")} counted`,
    imported.repeated > 0 && `${imported.repeated} known already`,
    imported.waiting > 0 && `${imported.waiting} waiting for a purchase`,
    imported.refused.length > 0 && `${imported.refused.length} refused`,
  ];
  return (
    <div role="status">
      <Text size="sm" fw={550} mb="sm">
        {parts.filter(Boolean).join(", ")}.
      </Text>
      {imported.refused.length > 0 && (
        <DataTable
          label="Refused lines"
          rows={imported.refused}
          rowKey={(line) => String(line.line)}
          columns={[
            { header: "Line", cell: (line) => line.line, kind: "number" },
            { header: "Reference", cell: (line) => line.reference || "–" },
            { header: "Problem", cell: (line) => line.problem },
          ]}
        />
      )}
    </div>
  );
}
