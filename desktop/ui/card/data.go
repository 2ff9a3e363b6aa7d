package card

// mostData is how many data of the dialplan a card has room for.
const mostData = 6

// data draws what the dialplan says about the call: a label and a value per line.
func (d drawing) data(y float32) float32 {
	const x, room, tall = pad + 24, inner - 24, 20
	data := d.model.Call.Data
	for _, one := range data[:min(len(data), mostData)] {
		label, value := oneLine(one.Label)+":", oneLine(one.Value)
		shortLabel := fit(label, 13, false, room/2)
		w, _ := d.sheet.text(x, y, shortLabel, 13, false, d.p.muted)
		short := fit(value, 14, true, room-w-6)
		d.sheet.text(x+w+6, y-1, short, 14, true, d.p.text)
		if short != value || shortLabel != label {
			d.zone("data "+one.Name, x, y-2, room, tall, nil).setTip(label, value)
		}
		y += tall
	}
	if len(data) > 0 {
		y += 5
	}
	return y
}
