package card

import (
	"fmt"
	"image/color"
	"strings"

	"fyne.io/fyne/v2"
)

// SVG bodies of the icons on a 24 × 24 grid, with C for the colour and S for the surface below.
const (
	handset = `<path d="M5.8 6.4 C6.2 12.6 11.4 17.8 17.6 18.2"` +
		` fill="none" stroke="C" stroke-width="3.4" stroke-linecap="round"/>` +
		`<path d="M4.9 5.6 L8.0 4.9 L9.0 8.4 L6.9 9.8 Z"` +
		` fill="C" stroke="C" stroke-width="2.2" stroke-linejoin="round"/>` +
		`<path d="M18.4 19.1 L19.1 16.0 L15.6 15.0 L14.2 17.1 Z"` +
		` fill="C" stroke="C" stroke-width="2.2" stroke-linejoin="round"/>`
	iconRinging = handset +
		`<path d="M13.6 3.4 C17.6 3.8 20.2 6.4 20.6 10.4 M13.6 7.2 C15.5 7.5 16.5 8.5 16.8 10.4"` +
		` fill="none" stroke="C" stroke-width="2" stroke-linecap="round"/>`
	iconTalking = handset
	iconAway    = handset +
		`<path d="M12.6 9.6 L19.4 4.6 M14.6 4 L19.9 4.2 L19.2 9.4"` +
		` fill="none" stroke="C" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"/>`
	iconMissed = handset +
		`<path d="M14.2 4.2 L19.6 9.6 M19.6 4.2 L14.2 9.6"` +
		` fill="none" stroke="C" stroke-width="2.2" stroke-linecap="round"/>`
	iconHeld = `<path d="M8.6 6 L8.6 18 M15.4 6 L15.4 18"` +
		` fill="none" stroke="C" stroke-width="3.6" stroke-linecap="round"/>`
	iconWarning = `<path d="M12 4.2 L21 19.4 L3 19.4 Z"` +
		` fill="none" stroke="C" stroke-width="2.2" stroke-linejoin="round"/>` +
		`<path d="M12 10 L12 13.8" fill="none" stroke="C" stroke-width="2.2" stroke-linecap="round"/>` +
		`<circle cx="12" cy="16.8" r="1.3" fill="C"/>`
	iconMessage = `<path d="M4 5 L20 5 L20 16 L11 16 L7 19.6 L7 16 L4 16 Z"` +
		` fill="none" stroke="C" stroke-width="2.2" stroke-linejoin="round"/>`
	iconClose = `<path d="M6.5 6.5 L17.5 17.5 M17.5 6.5 L6.5 17.5"` +
		` fill="none" stroke="C" stroke-width="2.2" stroke-linecap="round"/>`
	iconOpen = `<path d="M10 5 L5 5 L5 19 L19 19 L19 14 M13.6 4.6 L19.4 4.6 L19.4 10.4 M19 5 L11.4 12.6"` +
		` fill="none" stroke="C" stroke-width="2.2" stroke-linecap="round" stroke-linejoin="round"/>`
	iconMap = `<path d="M12 20.6 C8 16 5.8 12.9 5.8 9.8 C5.8 6.3 8.5 3.8 12 3.8 C15.5 3.8 18.2 6.3 18.2 9.8` +
		` C18.2 12.9 16 16 12 20.6 Z"` +
		` fill="none" stroke="C" stroke-width="2.2" stroke-linejoin="round"/>` +
		`<circle cx="12" cy="9.8" r="2.2" fill="C"/>`
	iconCopy = `<path d="M9 9 L19 9 L19 20 L9 20 Z M15 5 L5 5 L5 16"` +
		` fill="none" stroke="C" stroke-width="2.2" stroke-linecap="round" stroke-linejoin="round"/>`
	iconCheck = `<path d="M5 12.6 L10 17.4 L19 7.2"` +
		` fill="none" stroke="C" stroke-width="2.6" stroke-linecap="round" stroke-linejoin="round"/>`
	iconWaiting = `<circle cx="5.5" cy="12" r="2.1" fill="C"/>` +
		`<circle cx="12" cy="12" r="2.1" fill="C"/>` +
		`<circle cx="18.5" cy="12" r="2.1" fill="C"/>`
	iconSay = `<path d="M5 8 L5 16 M9 11 L19 11 M9 15.4 L15.5 15.4 M9 6.6 L19 6.6"` +
		` fill="none" stroke="C" stroke-width="2" stroke-linecap="round"/>`
	iconWrite = `<path d="M4.6 19.4 L5.6 15.2 L15.4 5.4 L18.6 8.6 L8.8 18.4 Z M13.2 7.6 L16.4 10.8"` +
		` fill="none" stroke="C" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"/>`
	iconRadio  = `<circle cx="12" cy="12" r="8" fill="none" stroke="C" stroke-width="2"/>`
	iconChosen = `<circle cx="12" cy="12" r="8" fill="none" stroke="C" stroke-width="2"/>` +
		`<circle cx="12" cy="12" r="4.4" fill="C"/>`

	// Certainty of the caller.
	person = `<circle cx="9.5" cy="7.6" r="3.6" fill="none" stroke="C" stroke-width="2"/>` +
		`<path d="M3 19.6 C3 15.6 5.8 13.4 9.5 13.4 C11 13.4 12.3 13.8 13.4 14.5"` +
		` fill="none" stroke="C" stroke-width="2" stroke-linecap="round"/>`
	question = `<path d="M16.2 13.9 C16.4 12.5 17.4 11.8 18.6 11.8 C20 11.8 21 12.7 21 13.9` +
		` C21 15.6 18.7 15.7 18.7 17.5"` +
		` fill="none" stroke="C" stroke-width="1.9" stroke-linecap="round"/>` +
		`<circle cx="18.7" cy="20.6" r="1.2" fill="C"/>`
	iconKnown = person +
		`<path d="M14.4 18 L17.2 20.6 L21.6 15.4"` +
		` fill="none" stroke="C" stroke-width="2.2" stroke-linecap="round" stroke-linejoin="round"/>`
	iconMaybe   = person + question
	iconSeveral = person +
		`<path d="M14.6 4.4 C16.6 4.6 18 6 18 7.8 C18 9.5 16.8 10.9 15 11.2 M17 14.2 C19.6 15 21.2 17 21.2 19.6"` +
		` fill="none" stroke="C" stroke-width="2" stroke-linecap="round"/>`
	iconUnknown = `<circle cx="12" cy="12" r="9" fill="none" stroke="C" stroke-width="2"/>` +
		`<path d="M9.4 9.8 C9.5 8.2 10.6 7.3 12 7.3 C13.6 7.3 14.7 8.3 14.7 9.7 C14.7 11.8 12 11.9 12 14"` +
		` fill="none" stroke="C" stroke-width="2" stroke-linecap="round"/>` +
		`<circle cx="12" cy="17" r="1.3" fill="C"/>`
	iconLooking = `<circle cx="10.6" cy="10.6" r="6.2" fill="none" stroke="C" stroke-width="2.2"/>` +
		`<path d="M15.4 15.4 L20.4 20.4" fill="none" stroke="C" stroke-width="2.4" stroke-linecap="round"/>`
	iconHidden = `<path d="M3 12 C5 8 8.2 6 12 6 C15.8 6 19 8 21 12 C19 16 15.8 18 12 18 C8.2 18 5 16 3 12 Z"` +
		` fill="none" stroke="C" stroke-width="2" stroke-linejoin="round"/>` +
		`<circle cx="12" cy="12" r="2.6" fill="C"/>` +
		`<path d="M4.6 20 L19.4 4" fill="none" stroke="C" stroke-width="2.2" stroke-linecap="round"/>`
	iconColleague = `<path d="M4.5 14 L4.5 12 C4.5 7.6 7.8 4.4 12 4.4 C16.2 4.4 19.5 7.6 19.5 12 L19.5 14"` +
		` fill="none" stroke="C" stroke-width="2"/>` +
		`<path d="M4.5 13.4 L4.5 17.6 M19.5 13.4 L19.5 17.6"` +
		` fill="none" stroke="C" stroke-width="4" stroke-linecap="round"/>` +
		`<path d="M19.5 18.4 C19.5 20.4 17.6 21 14.4 21"` +
		` fill="none" stroke="C" stroke-width="2" stroke-linecap="round"/>`
	iconPrevious = `<path d="M4.6 9 C5.8 5.8 8.6 4 12 4 C16.4 4 20 7.6 20 12 C20 16.4 16.4 20 12 20` +
		` C8.8 20 6 18.2 4.8 15.4 M4.2 4.6 L4.4 9.2 L9 9"` +
		` fill="none" stroke="C" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"/>` +
		`<path d="M12 8 L12 12.4 L15 14.2"` +
		` fill="none" stroke="C" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"/>`

	// Categories differ in shape as well as in colour.
	iconNeutral = `<path d="M12 4 L20 12 L12 20 L4 12 Z"` +
		` fill="none" stroke="C" stroke-width="2.2" stroke-linejoin="round"/>`
	iconGreen = `<circle cx="12" cy="12" r="9.4" fill="C"/>` +
		`<path d="M7.4 12.4 L10.8 15.6 L16.6 8.8"` +
		` fill="none" stroke="S" stroke-width="2.4" stroke-linecap="round" stroke-linejoin="round"/>`
	iconYellow = `<path d="M12 3.6 L21.4 20 L2.6 20 Z"` +
		` fill="C" stroke="C" stroke-width="1.6" stroke-linejoin="round"/>` +
		`<path d="M12 9.4 L12 14" fill="none" stroke="S" stroke-width="2.4" stroke-linecap="round"/>` +
		`<circle cx="12" cy="17.2" r="1.4" fill="S"/>`
	iconRed = `<path d="M8.2 2.8 L15.8 2.8 L21.2 8.2 L21.2 15.8 L15.8 21.2 L8.2 21.2 L2.8 15.8 L2.8 8.2 Z"` +
		` fill="C"/>` +
		`<path d="M7.4 12 L16.6 12" fill="none" stroke="S" stroke-width="2.8" stroke-linecap="round"/>`
)

// icons caches icons by body. Fyne caches rasterised images by the resource's name, so each picture
// needs a unique name.
type icons map[string]fyne.Resource

func (i icons) get(body string, c, surface color.NRGBA) fyne.Resource {
	body = strings.NewReplacer(`"C"`, `"`+hex(c)+`"`, `"S"`, `"`+hex(surface)+`"`).Replace(body)
	if r, ok := i[body]; ok {
		return r
	}
	r := fyne.NewStaticResource(fmt.Sprintf("card-%s.svg", digest(body)),
		[]byte(`<svg xmlns="http://www.w3.org/2000/svg" width="24" height="24" viewBox="0 0 24 24">`+body+`</svg>`))
	i[body] = r
	return r
}

func hex(c color.NRGBA) string { return fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B) }
