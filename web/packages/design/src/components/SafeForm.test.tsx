import { fireEvent, render, screen } from "@testing-library/react"
import { describe, expect, it, vi } from "vitest"
import { SafeForm } from "./SafeForm"

describe("SafeForm", () => {
  function setUp() {
    const onSubmit = vi.fn()
    render(
      <SafeForm onSubmit={onSubmit} label="form">
        <input aria-label="name" />
        <button type="submit">Save</button>
      </SafeForm>,
    )
    return { onSubmit, input: screen.getByLabelText("name") }
  }

  it("submits by the button", () => {
    const { onSubmit } = setUp()
    fireEvent.click(screen.getByText("Save"))
    expect(onSubmit).toHaveBeenCalledOnce()
  })

  it("keeps Enter for the input method while it composes", () => {
    const { input } = setUp()
    const composing = fireEvent.keyDown(input, { key: "Enter", keyCode: 229 })
    const plain = fireEvent.keyDown(input, { key: "Enter", keyCode: 13 })
    expect(composing).toBe(false) // default prevented
    expect(plain).toBe(true)
  })
})
