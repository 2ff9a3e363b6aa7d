package admin

import (
	"context"
	"time"

	"traybell/hub/access"
)

// Untracked is a number that was called and has no tracking entry.
type Untracked struct {
	PBX    string    `json:"pbx"`
	Number string    `json:"number" doc:"empty: the PBX sent none"`
	Calls  int       `json:"calls"`
	First  time.Time `json:"first"`
	Last   time.Time `json:"last"`
	Shown  bool      `json:"shown" doc:"agents see its calls, by the entry * or because tracking is empty"`
	YAML   string    `json:"yaml,omitempty" doc:"line of hub.yml that tracks it; absent if it cannot be tracked"`
	// tracking is empty: an entry for this number alone would hide all other calls
	Alone bool `json:"alone"`
}

// Guessed is an endpoint that the hub took for a phone or a trunk without evidence.
type Guessed struct {
	PBX      string    `json:"pbx"`
	Endpoint string    `json:"endpoint"`
	Inside   bool      `json:"inside" doc:"taken for a phone of the company; false: for a trunk"`
	Why      string    `json:"why"`
	Calls    int       `json:"calls"`
	Last     time.Time `json:"last"`
}

// Unnamed is what hub.yml may have to name.
type Unnamed struct {
	Numbers   []Untracked `json:"numbers" nullable:"false"`
	Tracking  []string    `json:"tracking" nullable:"false" doc:"lines for tracking in hub.yml"`
	Endpoints []Guessed   `json:"endpoints" nullable:"false"`
	PBX       []string    `json:"pbx" nullable:"false" doc:"lines for pbx in hub.yml that name the endpoints"`
}

// NumberSource counts calls to numbers that hub.yml does not name.
type NumberSource interface {
	Unnamed(ctx context.Context) (Unnamed, error)
}

// Numbers are the commands for numbers and endpoints that hub.yml does not name.
type Numbers struct {
	Source NumberSource
}

// Unnamed returns what hub.yml may have to name, the most called first.
func (n *Numbers) Unnamed(ctx context.Context, p access.Principal) (Unnamed, error) {
	if err := need(p, access.View); err != nil {
		return Unnamed{}, err
	}
	u, err := n.Source.Unnamed(ctx)
	u.Numbers, u.Tracking = append([]Untracked{}, u.Numbers...), append([]string{}, u.Tracking...)
	u.Endpoints, u.PBX = append([]Guessed{}, u.Endpoints...), append([]string{}, u.PBX...)
	return u, failure(err)
}
