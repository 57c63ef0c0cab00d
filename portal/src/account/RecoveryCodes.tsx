import { Button, Code, Group, List, Text } from "@mantine/core";
import { CopyText } from "../components/CopyText";
import { Panel } from "../components/Panel";

/** Recovery codes, which the server shows once. */
export function RecoveryCodes({ codes, onKept }: { codes: string[]; onKept: () => void }) {
  return (
    <Panel title="Your recovery codes">
      <Text>
        If you lose your phone, each of these signs you in once instead of the app’s code. Keep them
        where you keep other important papers, not on the phone.
      </Text>
      <Text fw={600} my="sm">
        They are shown only now.
      </Text>
      <List listStyleType="none" aria-label="Recovery codes" mb="md">
        {codes.map((code) => (
          <List.Item key={code}>
            <Code>{code}</Code>
          </List.Item>
        ))}
      </List>
      <Group>
        <Button onClick={onKept}>I have kept them</Button>
        <CopyText value={codes.join("\n")} label="Copy all" size="sm" />
      </Group>
    </Panel>
  );
}
