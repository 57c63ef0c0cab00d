import { Button, Group, Modal, NativeSelect, SegmentedControl, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { $api } from "../api/client";
import type { CatalogueMessage } from "../api/types";
import { DescriptionList } from "../components/DescriptionList";
import { Loaded } from "../components/ListStates";
import { notifyError, notifySuccess } from "../components/notify";
import { humanize } from "../format/text";

type Scheme = "light" | "dark";

const languages = new Intl.DisplayNames("en", { type: "language" });

/** Pixels across, of a phone and of a window of a mail program. */
const widths = { phone: 360, desktop: 640 };
type Device = keyof typeof widths;

/** Where an email asks whether its reader prefers dark colours, the answer is put in. */
function inScheme(html: string, scheme: Scheme): string {
  return html.replaceAll("(prefers-color-scheme: dark)", scheme === "dark" ? "all" : "not all");
}

/** A message with made-up data, as its reader would see it. */
export function MessagePreview({
  message,
  onClose,
}: {
  message: CatalogueMessage;
  onClose: () => void;
}) {
  const [sample, setSample] = useState(message.samples[0] ?? "");
  const [locale, setLocale] = useState(message.locales[0] ?? "en");
  const [scheme, setScheme] = useState<Scheme>("light");
  const [device, setDevice] = useState<Device>("desktop");
  const path = { name: message.name };
  const preview = $api.useQuery("get", "/message-catalogue/{name}/preview", {
    params: { path, query: { sample, locale } },
  });
  const send = $api.useMutation("post", "/message-catalogue/{name}/test-sends", {
    onSuccess: () => notifySuccess("The message is on its way to your own address."),
    onError: notifyError,
  });
  return (
    <Modal opened onClose={onClose} title={humanize(message.name)} size="xl">
      <Stack>
        <Group align="flex-end">
          {message.samples.length > 1 && (
            <NativeSelect
              label="Sample"
              value={sample}
              onChange={(event) => setSample(event.currentTarget.value)}
              data={message.samples.map((value) => ({ value, label: humanize(value) }))}
            />
          )}
          {message.locales.length > 1 && (
            <NativeSelect
              label="Language"
              value={locale}
              onChange={(event) => setLocale(event.currentTarget.value)}
              data={message.locales.map((value) => ({
                value,
                label: languages.of(value) ?? value,
              }))}
            />
          )}
          <SegmentedControl
            aria-label="Colours"
            value={scheme}
            onChange={(value) => setScheme(value === "dark" ? "dark" : "light")}
            data={[
              { value: "light", label: "Light" },
              { value: "dark", label: "Dark" },
            ]}
          />
          <SegmentedControl
            aria-label="Width"
            value={device}
            onChange={(value) => setDevice(value === "phone" ? "phone" : "desktop")}
            data={[
              { value: "phone", label: "Phone" },
              { value: "desktop", label: "Desktop" },
            ]}
          />
          <Button
            variant="default"
            loading={send.isPending}
            onClick={() => send.mutate({ params: { path }, body: { sample, locale } })}
          >
            Send to myself
          </Button>
        </Group>
        <Loaded query={preview}>
          {({ subject, html, text }) => (
            <>
              <DescriptionList rows={[["Subject", subject]]} />
              <iframe
                title={`${humanize(message.name)}, as an email`}
                sandbox=""
                srcDoc={inScheme(html, scheme)}
                style={{
                  width: widths[device],
                  maxWidth: "100%",
                  height: 560,
                  border: "1px solid var(--mantine-color-default-border)",
                  alignSelf: "center",
                }}
              />
              <details>
                <summary>As plain text</summary>
                <Text size="sm" style={{ whiteSpace: "pre-line", overflowWrap: "anywhere" }}>
                  {text}
                </Text>
              </details>
            </>
          )}
        </Loaded>
      </Stack>
    </Modal>
  );
}
