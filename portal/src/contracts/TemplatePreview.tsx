import { Stack } from "@mantine/core";
import { useState } from "react";
import { $api } from "../api/client";
import type { ContractTemplate } from "../api/types";
import { Loaded } from "../components/ListStates";
import { Panel } from "../components/Panel";
import { SearchSelect, useSearchText } from "../components/SearchSelect";
import { DocumentText } from "./ContractDocument";

/** A version as a provider would be offered it today. */
export function TemplatePreview({ template }: { template: ContractTemplate }) {
  const [provider, setProvider] = useState("");
  const [text, setText] = useSearchText();
  const found = $api.useQuery("get", "/providers", {
    params: { query: { q: text || undefined, limit: 20 } },
  });
  const options = (found.data?.items ?? []).map(({ id, name }) => ({ value: id, label: name }));
  const current = options.find(({ value }) => value === provider) ?? null;
  return (
    <Panel title="Preview">
      <Stack>
        <SearchSelect
          label="Provider"
          description="Shows the saved text, filled in for this provider."
          maw={420}
          value={provider}
          onChange={setProvider}
          current={current}
          found={options}
          onSearch={setText}
        />
        {provider !== "" && <Preview template={template.id} provider={provider} />}
      </Stack>
    </Panel>
  );
}

function Preview({ template, provider }: { template: string; provider: string }) {
  const preview = $api.useQuery("get", "/contract-templates/{template}/preview", {
    params: { path: { template }, query: { provider } },
  });
  return <Loaded query={preview}>{({ document }) => <DocumentText document={document} />}</Loaded>;
}
