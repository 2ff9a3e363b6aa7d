package card

import (
	"image/color"

	"traybell/shared/protocol"

	"fyne.io/fyne/v2"
)

// CategoryIcon is a category's picture as it is on cards, for windows: told apart by its shape as
// well as by its colour.
func CategoryIcon(of protocol.Color, look Look) fyne.Resource {
	p := look.palette()
	icon, shade := category(p, of)
	return icons{}.get(icon, shade, p.surface)
}

// category says all about the category: its name, the comment, and who wrote that when.
func (c *Card) category() []string {
	of := c.model.Call.Caller.Category
	say := []string{c.word(of.Color), of.Comment}
	if of.Author != "" {
		when := of.Changed.Local().Format(c.look.Texts.Say("category.when"))
		say = append(say, c.look.Texts.SayWith("category.last", map[string]any{"Who": oneLine(of.Author), "When": when}))
	}
	return say
}

// word is a category's name.
func (c *Card) word(of protocol.Color) string {
	switch of {
	case protocol.Green:
		return c.look.Texts.Say("category.green")
	case protocol.Yellow:
		return c.look.Texts.Say("category.yellow")
	case protocol.Red:
		return c.look.Texts.Say("category.red")
	}
	return c.look.Texts.Say("category.neutral")
}

func category(p palette, color protocol.Color) (icon string, shade color.NRGBA) {
	switch color {
	case protocol.Green:
		return iconGreen, p.green
	case protocol.Yellow:
		return iconYellow, p.amber
	case protocol.Red:
		return iconRed, p.red
	}
	return iconNeutral, p.muted
}
