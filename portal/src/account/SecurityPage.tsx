import { Button, Group, Text } from "@mantine/core";
import { useState } from "react";
import { $api, refresh } from "../api/client";
import type { SecondFactor } from "../api/types";
import { confirmAction } from "../components/confirmAction";
import { DescriptionList } from "../components/DescriptionList";
import { Loaded } from "../components/ListStates";
import { notifyError, notifySuccess } from "../components/notify";
import { PageHeader } from "../components/PageHeader";
import { Panel } from "../components/Panel";
import { Timestamp } from "../components/Timestamp";
import { FactorNotice } from "./FactorNotice";
import { RecoveryCodes } from "./RecoveryCodes";
import { SetUpFactor } from "./SetUpFactor";

export function SecurityPage() {
  const factor = $api.useQuery("get", "/me/second-factor");
  return (
    <>
      <PageHeader
        title="Security"
        lead="A second factor keeps others out, even if they learn your password."
      />
      <Loaded query={factor}>{(found) => <FactorPanel factor={found} />}</Loaded>
    </>
  );
}

function FactorPanel({ factor }: { factor: SecondFactor }) {
  const [settingUp, setSettingUp] = useState(false);
  const [codes, setCodes] = useState<string[] | null>(null);
  const finish = async (made: string[]) => {
    setSettingUp(false);
    setCodes(made);
    await refresh("/me/second-factor");
  };
  if (codes) return <RecoveryCodes codes={codes} onKept={() => setCodes(null)} />;
  if (settingUp)
    return (
      <SetUpFactor
        isReplacement={factor.confirmed_at != null}
        onDone={(made) => void finish(made)}
        onCancel={() => setSettingUp(false)}
      />
    );
  return (
    <Panel title="Second factor">
      {factor.confirmed_at == null ? (
        <>
          <FactorNotice factor={factor} />
          <Text mb="md">
            Off. With it, signing in also asks for six digits that an app on your phone shows.
          </Text>
          <Button onClick={() => setSettingUp(true)}>Set up an authenticator app</Button>
        </>
      ) : (
        <FactorInUse factor={factor} onReplace={() => setSettingUp(true)} onCodes={setCodes} />
      )}
    </Panel>
  );
}

function FactorInUse({
  factor,
  onReplace,
  onCodes,
}: {
  factor: SecondFactor;
  onReplace: () => void;
  onCodes: (codes: string[]) => void;
}) {
  const renew = $api.useMutation("post", "/me/second-factor/recovery-codes", {
    onSuccess: async ({ codes }) => {
      onCodes(codes);
      await refresh("/me/second-factor");
    },
    onError: notifyError,
  });
  const remove = $api.useMutation("delete", "/me/second-factor", {
    onSuccess: async () => {
      await refresh("/me/second-factor");
      notifySuccess("The second factor is removed.");
    },
    onError: notifyError,
  });
  return (
    <>
      <DescriptionList
        rows={[
          [
            "Authenticator app",
            factor.confirmed_at != null && (
              <>
                On since <Timestamp at={factor.confirmed_at} />
              </>
            ),
          ],
          ["Recovery codes left", String(factor.recovery_codes_left)],
        ]}
      />
      <Group mt="md">
        <Button
          variant="default"
          loading={renew.isPending}
          onClick={() =>
            confirmAction({
              title: "Make new recovery codes?",
              message: "You get ten new codes. The earlier ones no longer work.",
              action: "Make new codes",
              destructive: false,
              onConfirm: () => renew.mutate({}),
            })
          }
        >
          New recovery codes
        </Button>
        <Button variant="default" onClick={onReplace}>
          Use another app
        </Button>
        {!factor.required && (
          <Button
            variant="default"
            loading={remove.isPending}
            onClick={() =>
              confirmAction({
                title: "Remove the second factor?",
                message: "Signing in will ask for your password alone.",
                action: "Remove",
                onConfirm: () => remove.mutate({}),
              })
            }
          >
            Remove
          </Button>
        )}
      </Group>
    </>
  );
}
