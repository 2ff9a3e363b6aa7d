package card

import (
	"image/color"
	"math"
	"testing"
)

// All text is readable: the contrast of each pair of colours, by the formula of WCAG 2.2.
func TestContrast(t *testing.T) {
	for _, one := range []struct {
		name string
		p    palette
		text float64 // criteria 1.4.3, 1.4.6
	}{{"light", light, 4.5}, {"dark", dark, 4.5}, {"high, light", lightHigh, 7}, {"high, dark", darkHigh, 7}} {
		p := one.p
		pair := func(what string, a, b color.NRGBA, least float64) {
			t.Helper()
			if got := contrast(a, b); got < least {
				t.Errorf("%s: %s has a contrast of %.2f, want %.1f", one.name, what, got, least)
			}
		}
		for what, c := range map[string]color.NRGBA{
			"text": p.text, "muted": p.muted, "link": p.link, "blue": p.blue, "green": p.green, "amber": p.amber,
			"red": p.red, "grey": p.grey,
		} {
			pair(what+" on the card", c, p.surface, one.text)
		}
		for what, c := range map[string]color.NRGBA{"text": p.text, "link": p.link} { // hovered
			pair(what+" on hover", c, p.hover, one.text)
		}
		for what, c := range map[string]color.NRGBA{
			"blue": p.blue, "green": p.green, "amber": p.amber, "red": p.red, "grey": p.grey,
		} {
			pair("line comment on "+what, p.text, p.tinted(c), one.text)
			pair("the icon on "+what, c, p.tinted(c), 3) // 1.4.11: icons
		}
		pair("Add", p.link, p.tinted(p.link), one.text)
		pair("the chosen customer", p.text, p.tinted(p.link), one.text)
		pair("the chosen customer's company", p.muted, p.tinted(p.link), one.text)
		pair("a company on hover", p.muted, p.hover, one.text)
		for what, c := range map[string]color.NRGBA{
			"label": p.muted, "copied": p.green, "number": p.text, "open": p.link,
		} {
			pair(what+" of a ticket", c, p.tinted(p.green), one.text)
		}
		for what, c := range map[string]color.NRGBA{"blue": p.blue, "green": p.green} {
			pair("OK on "+what, p.onAccent, c, one.text)
			pair("OK on "+what+" under the pointer", p.onAccent, p.pressed(c), one.text)
			pair("the button "+what, c, p.surface, 3)
		}
		pair("a tip", p.surface, p.text, one.text)
		pair("the ring", p.text, p.surface, 3)
		if one.text > 5 {
			pair("the border", p.border, p.surface, 3)
		}
	}
}

func contrast(a, b color.NRGBA) float64 {
	la, lb := luminance(a), luminance(b)
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

func luminance(c color.NRGBA) float64 {
	part := func(v uint8) float64 {
		s := float64(v) / 255
		if s <= 0.04045 {
			return s / 12.92
		}
		return math.Pow((s+0.055)/1.055, 2.4)
	}
	return 0.2126*part(c.R) + 0.7152*part(c.G) + 0.0722*part(c.B)
}
