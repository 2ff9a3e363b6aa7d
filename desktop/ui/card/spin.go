package card

import (
	"fmt"
	"math"
	"time"

	"traybell/desktop/model"
)

// Turn is how long the sign that something is waited for stands still: it has eight positions.
const Turn = 120 * time.Millisecond

// Waits tells whether the card shows that something is waited for, and so wants a Spin each Turn.
func (c *Card) Waits() bool {
	return c.more == 0 && c.look.Tickets && c.model.Press.State == model.Pressed && c.model.Kind != model.Warn &&
		!c.over()
}

// Spin turns that sign by one position.
func (c *Card) Spin() {
	c.turn = (c.turn + 1) % 8
	c.draw()
}

// spinner is a circle with a gap that goes round.
func spinner(turn int) string {
	const r = 7.5
	at := func(angle float64) string {
		angle += float64(turn) * math.Pi / 4
		return fmt.Sprintf("%.2f %.2f", 12+r*math.Cos(angle), 12+r*math.Sin(angle))
	}
	// Three arcs of a quarter: the rasteriser draws large arcs badly.
	path := "M" + at(0)
	for i := 1; i <= 3; i++ {
		a, b := float64(i-1)*math.Pi/2, float64(i)*math.Pi/2
		k := 4.0 / 3 * math.Tan(math.Pi/8) // the length of a quarter circle's handles
		turned := func(angle, along float64) string {
			angle += float64(turn) * math.Pi / 4
			return fmt.Sprintf("%.2f %.2f", 12+r*(math.Cos(angle)-along*math.Sin(angle)),
				12+r*(math.Sin(angle)+along*math.Cos(angle)))
		}
		path += " C" + turned(a, k) + " " + turned(b, -k) + " " + at(b)
	}
	return `<path d="` + path + `" fill="none" stroke="C" stroke-width="2.4" stroke-linecap="round"/>`
}
