import { Button, Group, Modal, NativeSelect, SegmentedControl, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { $api } from "../api/client";
import type { CatalogueMessage, EmailPreview } from "../api/types";
import { DescriptionList } from "../components/DescriptionList";
import { Loaded } from "../components/ListStates";
import { notifyError, notifySuccess } from "../components/notify";
import { humanize } from "../format/text";
import styles from "./messages.module.css";

type Scheme = "light" | "dark";

const languages = new Intl.DisplayNames("en", { type: "language" });

/** Pixels across, of a phone and of a window of a mail program. */
const widths = { phone: 360, desktop: 640 };
type Device = keyof typeof widths;

/** Where an email asks whether its reader prefers dark colours, the answer is put in. */
function inScheme(html: string, scheme: Scheme): string {
  return html.replaceAll("(prefers-color-scheme: dark)", scheme === "dark" ? "all" : "not all");
}

/** Where a test goes. Without a phone, what goes by both goes by email alone. */
function ownPlaces({ channels }: CatalogueMessage): string {
  if (!channels.includes("sms")) return "your own address";
  return channels.includes("email")
    ? "your own address, and to your phone if you confirmed one"
    : "your own phone";
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
    onSuccess: () => notifySuccess(`The message is on its way to ${ownPlaces(message)}.`),
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
          {message.channels.includes("email") && (
            <SegmentedControl
              aria-label="Width"
              value={device}
              onChange={(value) => setDevice(value === "phone" ? "phone" : "desktop")}
              data={[
                { value: "phone", label: "Phone" },
                { value: "desktop", label: "Desktop" },
              ]}
            />
          )}
          <Button
            variant="default"
            loading={send.isPending}
            onClick={() => send.mutate({ params: { path }, body: { sample, locale } })}
          >
            Send to myself
          </Button>
        </Group>
        <Loaded query={preview}>
          {({ email, sms }) => (
            <>
              {email != null && (
                <EmailFrame
                  title={`${humanize(message.name)}, as an email`}
                  email={email}
                  scheme={scheme}
                  device={device}
                />
              )}
              {sms != null && (
                <SmsBubble
                  title={`${humanize(message.name)}, as a text message`}
                  text={sms}
                  scheme={scheme}
                />
              )}
            </>
          )}
        </Loaded>
      </Stack>
    </Modal>
  );
}

function EmailFrame({
  title,
  email,
  scheme,
  device,
}: {
  title: string;
  email: EmailPreview;
  scheme: Scheme;
  device: Device;
}) {
  return (
    <>
      <DescriptionList rows={[["Subject", email.subject]]} />
      <iframe
        title={title}
        sandbox=""
        srcDoc={inScheme(email.html, scheme)}
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
          {email.text}
        </Text>
      </details>
    </>
  );
}

/** A text message, as a phone shows it. */
function SmsBubble({ title, text, scheme }: { title: string; text: string; scheme: Scheme }) {
  return (
    <figure className={styles.phone} data-scheme={scheme} aria-label={title}>
      <figcaption className={styles.caption}>Text message</figcaption>
      <p className={styles.bubble}>{text}</p>
    </figure>
  );
}
