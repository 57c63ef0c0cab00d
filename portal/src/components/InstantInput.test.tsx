import { MantineProvider } from "@mantine/core";
import { fireEvent, render, screen } from "@testing-library/react";
import { expect, it, vi } from "vitest";
import { InstantInput } from "./InstantInput";

it("takes a time in the shop's zone, and shows the reader's beside it", () => {
  const onChange = vi.fn();
  const { container } = render(
    <MantineProvider env="test">
      <InstantInput
        label="Starts"
        zone="Asia/Tokyo"
        value="2026-12-01T03:00:00.000Z"
        onChange={onChange}
      />
    </MantineProvider>,
  );
  const field = screen.getByLabelText<HTMLInputElement>("Starts");
  expect(field.value).toBe("2026-12-01T12:00");
  expect(container.textContent).toContain("(Asia/Tokyo)");
  expect(container.textContent).toContain("For you:");
  fireEvent.change(field, { target: { value: "2026-12-01T18:30" } });
  expect(onChange).toHaveBeenLastCalledWith("2026-12-01T09:30:00.000Z");
});
