import { Anchor, Button, Code, Group, Skeleton, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useEffect, useRef } from "react";
import { $api } from "../api/client";
import type { SecondFactorOffer } from "../api/types";
import { FormError } from "../components/FormError";
import { Panel } from "../components/Panel";
import { useFormErrors } from "../components/useFormErrors";

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
  const form = useForm({
    initialValues: { code: "" },
    validate: { code: (value) => (value.trim() === "" ? "Enter the code." : null) },
  });
  const errors = useFormErrors(form);
  const confirm = $api.useMutation("post", "/me/second-factor/confirmation", {
    onSuccess: ({ codes }) => onDone(codes),
    onError: errors.show,
  });
  return (
    <form
      noValidate
      onSubmit={errors.onSubmit(({ code }) => confirm.mutate({ body: { code: code.trim() } }))}
    >
      <Stack>
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
        <FormError message={errors.general} />
        <TextInput
          label="Code"
          description="The six digits that the app shows now."
          autoComplete="one-time-code"
          inputMode="numeric"
          maw={220}
          {...form.getInputProps("code")}
        />
        <Group>
          <Button type="submit" loading={confirm.isPending}>
            Turn on
          </Button>
          <Button variant="default" onClick={onCancel}>
            Cancel
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
