import { ActionIcon, Button, Group, Progress, Text } from "@mantine/core";
import {
  IconPlayerPlay,
  IconPlus,
  IconRefresh,
  IconTrash,
  IconUpload,
  IconX,
} from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useDropzone } from "react-dropzone";
import { formatBytes, formatShare } from "../format/numbers";
import { plural } from "../format/text";
import styles from "./assets.module.css";
import { acceptedTypes, limitsText } from "./limits";
import { useUploads } from "./UploadsProvider";
import type { Upload, UploadQueue } from "./uploadQueue";

/** Adds, starts and cancels uploads, with a progress bar per file. `children` joins the buttons. */
export function UploadPanel({ children }: { children?: ReactNode }) {
  const { queue, uploads, unfinished } = useUploads();
  const { getRootProps, getInputProps, isDragActive, open } = useDropzone({
    accept: acceptedTypes,
    // The buttons inside have their own clicks and keys.
    noClick: true,
    noKeyboard: true,
    // The queue lists rejected files too, with the reason.
    onDrop: (accepted, rejected) => queue.add([...accepted, ...rejected.map(({ file }) => file)]),
  });
  const waiting = uploads.filter((upload) => upload.step === "waiting").length;
  const done = uploads.filter((upload) => upload.step === "done").length;
  return (
    <section
      {...getRootProps({
        className: `${styles.drop} ${isDragActive ? styles.over : ""}`,
        role: "region",
        "aria-label": "Upload",
      })}
    >
      <input {...getInputProps({ "aria-label": "Files to add" })} />
      <Group gap="sm">
        <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={open}>
          Add files
        </Button>
        <Button
          variant="default"
          leftSection={<IconUpload size={16} aria-hidden />}
          disabled={waiting === 0}
          onClick={() => queue.start()}
        >
          Start upload
        </Button>
        <Button
          variant="default"
          leftSection={<IconX size={16} aria-hidden />}
          disabled={unfinished.length === 0}
          onClick={() => queue.cancel()}
        >
          Cancel
        </Button>
        {children}
      </Group>
      <Text size="sm" c="dimmed" mt="sm">
        Or drop files here. {limitsText}
      </Text>
      {uploads.length > 0 && (
        <ul className={styles.queue} aria-label="Files to upload">
          {uploads.map((upload) => (
            <UploadRow key={upload.key} upload={upload} queue={queue} />
          ))}
        </ul>
      )}
      {done > 0 && (
        <Group justify="space-between" mt="xs">
          <Text size="sm" c="dimmed" role="status">
            {plural(done, "file")} uploaded.
          </Text>
          <Button size="compact-sm" variant="subtle" onClick={queue.clearDone}>
            Clear finished
          </Button>
        </Group>
      )}
    </section>
  );
}

const stepLabels: Record<Upload["step"], string> = {
  waiting: "Ready to upload",
  uploading: "Uploading",
  checking: "Checking the content",
  done: "Uploaded",
  failed: "Failed",
  cancelled: "Cancelled",
  rejected: "Not accepted",
};

function UploadRow({ upload, queue }: { upload: Upload; queue: UploadQueue }) {
  const { key, filename, step, progress, error } = upload;
  const failed = step === "failed" || step === "rejected";
  return (
    <li>
      <Group justify="space-between" wrap="nowrap" gap="sm">
        <div style={{ minWidth: 0, flex: 1 }}>
          <Group justify="space-between" gap="xs">
            <Text size="sm" fw={550} style={{ overflowWrap: "anywhere" }}>
              {filename}
            </Text>
            <Text size="sm" c="dimmed">
              {formatBytes(upload.sizeBytes)} · {stepLabels[step]}
              {step === "uploading" && ` ${formatShare(progress)}`}
            </Text>
          </Group>
          <Progress.Root size="sm" mt={6}>
            <Progress.Section
              value={step === "done" ? 100 : progress * 100}
              color={failed ? "brick" : "pine"}
              aria-label={`Progress of ${filename}`}
            />
          </Progress.Root>
          {error !== null && (
            <Text size="sm" c="var(--mantine-color-error)" mt={4}>
              {error}
            </Text>
          )}
        </div>
        <UploadActions upload={upload} queue={queue} keyOf={key} />
      </Group>
    </li>
  );
}

function UploadActions({
  upload: { step, filename },
  queue,
  keyOf,
}: {
  upload: Upload;
  queue: UploadQueue;
  keyOf: string;
}) {
  const running = step === "waiting" || step === "uploading" || step === "checking";
  return (
    <Group gap={4} wrap="nowrap">
      {step === "waiting" && (
        <ActionIcon aria-label={`Start ${filename}`} onClick={() => queue.start(keyOf)}>
          <IconPlayerPlay size={17} aria-hidden />
        </ActionIcon>
      )}
      {(step === "failed" || step === "cancelled") && (
        <ActionIcon aria-label={`Retry ${filename}`} onClick={() => queue.retry(keyOf)}>
          <IconRefresh size={17} aria-hidden />
        </ActionIcon>
      )}
      {running ? (
        <ActionIcon aria-label={`Cancel ${filename}`} onClick={() => queue.cancel(keyOf)}>
          <IconX size={17} aria-hidden />
        </ActionIcon>
      ) : (
        <ActionIcon
          aria-label={`Remove ${filename} from the list`}
          onClick={() => queue.remove(keyOf)}
        >
          <IconTrash size={17} aria-hidden />
        </ActionIcon>
      )}
    </Group>
  );
}
