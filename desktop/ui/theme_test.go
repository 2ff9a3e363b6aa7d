package ui

import (
	"image/color"
	"math"
	"slices"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
)

// All text is readable on each of its backgrounds, by the formula of WCAG 2.2.
func TestContrastOfWindows(t *testing.T) {
	for _, one := range []struct {
		name       string
		high, dark bool
		least      float64
	}{
		{"light", false, false, 4.5},
		{"dark", false, true, 4.5},
		{"high, light", true, false, 7},
		{"high, dark", true, true, 7},
	} {
		c := windowColors(one.high, one.dark)
		below := []fyne.ThemeColorName{
			theme.ColorNameBackground, theme.ColorNameMenuBackground, theme.ColorNameOverlayBackground,
			theme.ColorNameInputBackground,
		}
		pressed := slices.Concat(below, []fyne.ThemeColorName{
			theme.ColorNameButton, theme.ColorNameDisabledButton, theme.ColorNameHeaderBackground,
		})
		pair := func(text, on fyne.ThemeColorName, least float64, overlays ...fyne.ThemeColorName) {
			t.Helper()
			ground := c[on]
			for _, v := range overlays {
				ground = over(c[v], ground)
			}
			if got := contrast(c[text], ground); got < least {
				t.Errorf("%s: %s on %s%v has a contrast of %.2f, want %.1f", one.name, text, on, overlays, got, least)
			}
		}
		for _, on := range pressed {
			pair(theme.ColorNameForeground, on, one.least)
			pair(theme.ColorNameDisabled, on, one.least)
			for _, overlay := range []fyne.ThemeColorName{
				theme.ColorNameHover, theme.ColorNamePressed, theme.ColorNameFocus, theme.ColorNameSelection,
			} {
				pair(theme.ColorNameForeground, on, one.least, overlay)
			}
			pair(theme.ColorNameForeground, on, one.least, theme.ColorNameFocus, theme.ColorNameHover)
		}
		for _, on := range below {
			for _, text := range []fyne.ThemeColorName{
				theme.ColorNamePlaceHolder, theme.ColorNameHyperlink, theme.ColorNamePrimary, theme.ColorNameSuccess,
				theme.ColorNameWarning, theme.ColorNameError,
			} {
				pair(text, on, one.least)
			}
			pair(theme.ColorNameInputBorder, on, 3)
		}
		for text, on := range map[fyne.ThemeColorName]fyne.ThemeColorName{
			theme.ColorNameForegroundOnPrimary: theme.ColorNamePrimary,
			theme.ColorNameForegroundOnSuccess: theme.ColorNameSuccess,
			theme.ColorNameForegroundOnWarning: theme.ColorNameWarning,
			theme.ColorNameForegroundOnError:   theme.ColorNameError,
		} {
			pair(text, on, one.least)
			for _, overlay := range []fyne.ThemeColorName{
				theme.ColorNameHover, theme.ColorNamePressed, theme.ColorNameFocus,
			} {
				pair(text, on, 4.5, overlay) // pressed or hovered
			}
		}
	}
}

// Text scales with the agent's size.
func TestTextScales(t *testing.T) {
	small, large := NewTheme(false, false, 1), NewTheme(false, false, 2)
	for _, name := range []fyne.ThemeSizeName{
		theme.SizeNameText, theme.SizeNameCaptionText, theme.SizeNameHeadingText, theme.SizeNameSubHeadingText,
	} {
		if a, b := small.Size(name), large.Size(name); b != 2*a {
			t.Errorf("%s: %v at 100 %%, %v at 200 %%", name, a, b)
		}
	}
}

func over(overlay, ground color.NRGBA) color.NRGBA {
	mix := func(a, b uint8) uint8 { return uint8((int(a)*int(overlay.A) + int(b)*(255-int(overlay.A))) / 255) }
	return color.NRGBA{R: mix(overlay.R, ground.R), G: mix(overlay.G, ground.G), B: mix(overlay.B, ground.B), A: 255}
}

func contrast(a, b color.NRGBA) float64 {
	luminance := func(c color.NRGBA) float64 {
		part := func(v uint8) float64 {
			s := float64(v) / 255
			if s <= 0.04045 {
				return s / 12.92
			}
			return math.Pow((s+0.055)/1.055, 2.4)
		}
		return 0.2126*part(c.R) + 0.7152*part(c.G) + 0.0722*part(c.B)
	}
	la, lb := luminance(a), luminance(b)
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}
