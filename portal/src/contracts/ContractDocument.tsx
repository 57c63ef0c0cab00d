import { Anchor, Button, Group, Stack, Text, Title } from "@mantine/core";
import { IconPrinter } from "@tabler/icons-react";
import { apiRoot } from "../api/client";
import type { Contract } from "../api/types";
import { DescriptionList } from "../components/DescriptionList";
import { Panel } from "../components/Panel";
import { formatDateTime } from "../format/time";
import { groupsOf } from "./blocks";
import styles from "./contracts.module.css";

/** The text of a contract or of a preview. Its first heading is its title. */
export function DocumentText({ document }: { document: string }) {
  return (
    <article className={styles.document}>
      {groupsOf(document).map((group, index) => {
        if (Array.isArray(group))
          return (
            <ul key={index}>
              {group.map(({ text }, nth) => (
                <li key={nth}>{text}</li>
              ))}
            </ul>
          );
        if (group.kind === "paragraph") return <p key={index}>{group.text}</p>;
        return (
          <Title key={index} order={3} mt={index === 0 ? 0 : "lg"}>
            {group.text}
          </Title>
        );
      })}
    </article>
  );
}

/** A contract exactly as it was offered, with its signatures; to be read, printed and saved. */
export function ContractDocument({ contract }: { contract: Contract }) {
  const { signature, countersignature } = contract;
  return (
    <Stack gap="lg">
      <Panel
        title="Document"
        aside={
          <Group gap="sm" className={styles.screen ?? ""}>
            <Button
              size="xs"
              variant="default"
              leftSection={<IconPrinter size={16} aria-hidden />}
              onClick={() => window.print()}
            >
              Print
            </Button>
            <Anchor
              href={`${apiRoot}/providers/${contract.provider.id}/contracts/${contract.id}/pdf`}
              download
              size="sm"
              underline="always"
            >
              Download PDF
            </Anchor>
          </Group>
        }
      >
        <DocumentText document={contract.document ?? ""} />
      </Panel>
      <Panel title="Signatures">
        <DescriptionList
          rows={[
            [
              contract.provider.name,
              signature == null
                ? "Not signed yet"
                : `${signature.name}, ${formatDateTime(signature.signed_at)}`,
            ],
            [
              "SMP",
              countersignature == null
                ? "Not signed yet"
                : `${countersignature.name}, ${formatDateTime(countersignature.signed_at)}`,
            ],
            [
              "SHA-256 of the document",
              <Text key="hash" span className={styles.hash ?? ""}>
                {contract.document_hash}
              </Text>,
            ],
          ]}
        />
      </Panel>
    </Stack>
  );
}
