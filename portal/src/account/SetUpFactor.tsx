import { Anchor, Button, Code, Group, Skeleton, Text } from "@mantine/core";
import { useEffect, useRef } from "react";
import { CodeForm } from "../access/CodeForm";
import { $api, api, required } from "../api/client";
import type { SecondFactorOffer } from "../api/types";
import { FormError } from "../components/FormError";
import { Panel } from "../components/Panel";

interface SetUpFactorProps {
  isReplacement: boolean;
  /** With the recovery codes, which are shown only now. */
  onDone: (codes: string[]) => void;
  onCancel: () => void;
}

/** Sets up an authenticator app: scan, then type its first code. */
export function SetUpFactor({ isReplacement, onDone, onCancel }: SetUpFactorProps) {
  const offer = $api.useMutation("post", "/me/second-factor");
  const { mutate } = offer;
  const begun = useRef(false);
  useEffect(() => {
    // Each request makes another secret, and effects run twice in development.
    if (begun.current) return;
    begun.current = true;
    mutate({});
  }, [mutate]);
  return (
    <Panel title={isReplacement ? "Use another app" : "Set up an authenticator app"}>
      <FormError message={offer.error} />
      {offer.data && <OfferForm offer={offer.data} onDone={onDone} onCancel={onCancel} />}
      {offer.isPending && <Skeleton height={220} />}
      {offer.error && (
        <Button variant="default" mt="md" onClick={onCancel}>
          Back
        </Button>
      )}
    </Panel>
  );
}

function OfferForm({
  offer,
  onDone,
  onCancel,
}: {
  offer: SecondFactorOffer;
  onDone: (codes: string[]) => void;
  onCancel: () => void;
}) {
  return (
    <CodeForm
      field={{
        description: "The six digits that the app shows now.",
        inputMode: "numeric",
        maw: 220,
      }}
      send={async (code) => {
        const answer = await api.POST("/me/second-factor/confirmation", { body: { code } });
        onDone(required(answer).codes);
      }}
      buttons={(isPending) => (
        <Group>
          <Button type="submit" loading={isPending}>
            Turn on
          </Button>
          <Button variant="default" onClick={onCancel}>
            Cancel
          </Button>
        </Group>
      )}
    >
      <Text>Scan this with an authenticator app on your phone.</Text>
      <img
        src={`data:image/svg+xml;utf8,${encodeURIComponent(offer.qr_svg)}`}
        width={220}
        height={220}
        alt="QR code for your authenticator app"
      />
      <Text size="sm">
        On the phone already?{" "}
        <Anchor href={offer.url} underline="always">
          Open the app
        </Anchor>
        . Or type this key into it: <Code>{offer.secret}</Code>
      </Text>
    </CodeForm>
  );
}
