package model

import (
	"slices"

	"traybell/shared/protocol"
)

const maxPBXs = 100 // a hub that sends more is at fault

// pbxs is the state of every PBX.
type pbxs []protocol.PBX

// set adds or replaces a PBX; false if there are too many.
func (p *pbxs) set(one protocol.PBX) bool {
	i := slices.IndexFunc(*p, func(q protocol.PBX) bool { return q.ID == one.ID })
	switch {
	case i >= 0:
		(*p)[i] = one
	case len(*p) >= maxPBXs:
		return false
	default:
		*p = append(*p, one)
	}
	return true
}

func (p pbxs) down() string {
	for _, one := range p {
		if !reached(one) {
			return one.ID
		}
	}
	return ""
}

// reached reports whether a PBX needs no warning: it works, or an administrator stopped it, which
// gives no reason.
func reached(p protocol.PBX) bool {
	return p.State == protocol.PBXWorking || p.State == protocol.PBXStopped && p.Reason == ""
}
