package ui

import (
	"fmt"
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
)

// Theme is Fyne's theme with colours of tested contrast and the agent's text size.
type Theme struct {
	fyne.Theme
	dark bool
	high bool
	size float32
}

// NewTheme creates a theme. size is the text scale, 1 to 2.
func NewTheme(dark, highContrast bool, size float32) Theme {
	return Theme{Theme: theme.DefaultTheme(), dark: dark, high: highContrast, size: min(max(size, 1), 2)}
}

// Name identifies the theme.
func (t Theme) Name() string { return fmt.Sprint(t.dark, t.high, t.size) }

// Color implements fyne.Theme. It ignores Fyne's variant, which is the system's.
func (t Theme) Color(name fyne.ThemeColorName, _ fyne.ThemeVariant) color.Color {
	if c, ok := windowColors(t.high, t.dark)[name]; ok {
		return c
	}
	variant := theme.VariantLight
	if t.dark {
		variant = theme.VariantDark
	}
	return t.Theme.Color(name, variant)
}

// Size implements fyne.Theme. Sizes related to text are scaled.
func (t Theme) Size(name fyne.ThemeSizeName) float32 {
	size := t.Theme.Size(name)
	switch name {
	case theme.SizeNameText, theme.SizeNameCaptionText, theme.SizeNameHeadingText, theme.SizeNameSubHeadingText,
		theme.SizeNameInlineIcon:
		return size * t.size
	case theme.SizeNameInputBorder, theme.SizeNameSeparatorThickness:
		if t.high {
			return size + 1
		}
	}
	return size
}

type colors map[fyne.ThemeColorName]color.NRGBA

func windowColors(high, dark bool) colors {
	switch {
	case high && dark:
		return windowsHighDark
	case high:
		return windowsHighLight
	case dark:
		return windowsDark
	}
	return windowsLight
}

// newColors creates a table: backgrounds first, then text, then accents.
func newColors(background, button, input, border, foreground, muted, disabled, link, onLink, green, amber, red uint32,
	focus uint8,
) colors {
	c := func(v uint32) color.NRGBA {
		return color.NRGBA{R: uint8(v >> 16), G: uint8(v >> 8), B: uint8(v), A: 0xff}
	}
	overlay := func(v uint32, alpha uint8) color.NRGBA { n := c(v); n.A = alpha; return n }
	return colors{
		theme.ColorNameBackground: c(background), theme.ColorNameMenuBackground: c(background),
		theme.ColorNameOverlayBackground: c(background),
		theme.ColorNameHeaderBackground:  c(button), theme.ColorNameButton: c(button),
		theme.ColorNameDisabledButton: c(button), theme.ColorNameInputBackground: c(input),
		theme.ColorNameInputBorder: c(border), theme.ColorNameSeparator: c(border),
		theme.ColorNameScrollBar: overlay(foreground, 0x99), theme.ColorNameShadow: overlay(0, 0x44),
		theme.ColorNameForeground: c(foreground), theme.ColorNamePlaceHolder: c(muted),
		theme.ColorNameDisabled:  c(disabled),
		theme.ColorNameHyperlink: c(link), theme.ColorNamePrimary: c(link),
		theme.ColorNameForegroundOnPrimary: c(onLink),
		theme.ColorNameSuccess:             c(green), theme.ColorNameWarning: c(amber), theme.ColorNameError: c(red),
		theme.ColorNameForegroundOnSuccess: c(onLink), theme.ColorNameForegroundOnWarning: c(onLink),
		theme.ColorNameForegroundOnError: c(onLink),
		theme.ColorNameHover:             overlay(foreground, 0x12), theme.ColorNamePressed: overlay(foreground, 0x20),
		theme.ColorNameFocus: overlay(link, focus), theme.ColorNameSelection: overlay(link, focus),
	}
}

var (
	windowsLight = newColors(0xffffff, 0xeef1f5, 0xf4f6f9, 0x77828f, 0x18212d, 0x4c5766, 0x5f6976, 0x0f5cb8, 0xffffff,
		0x146a41, 0x804d00, 0xb82222, 0x28)
	windowsDark = newColors(0x1e242c, 0x2b333e, 0x252c35, 0x7c8896, 0xf0f3f7, 0xb0bac6, 0x9aa5b2, 0x86bcff, 0x0d1520,
		0x5fd39a, 0xf2b456, 0xff9a94, 0x30)
	windowsHighLight = newColors(0xffffff, 0xf2f2f2, 0xf2f2f2, 0x000000, 0x000000, 0x2b323b, 0x3d444c, 0x003a85,
		0xffffff,
		0x00492a, 0x5c3600, 0x860a0a, 0x18)
	windowsHighDark = newColors(0x000000, 0x1c1c1c, 0x1c1c1c, 0xffffff, 0xffffff, 0xdfe5ec, 0xc4cad2, 0xa8d0ff,
		0x000000,
		0x7ff0b8, 0xffd27d, 0xffb3ae, 0x28)
)
