import { notifications } from "@mantine/notifications";
import { explain } from "../api/problem";

export function notifySuccess(message: string): void {
  notifications.show({ message, color: "pine", autoClose: 4000 });
}

export function notifyError(error: unknown): void {
  notifications.show({
    title: "Something went wrong",
    message: explain(error),
    color: "brick",
    autoClose: 8000,
  });
}
