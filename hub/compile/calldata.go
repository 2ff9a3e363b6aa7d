package compile

import (
	"traybell/hub/calldata"
	"traybell/hub/config"
)

// callData converts the key call_data.
func callData(cfg *config.Config) *calldata.Fields {
	var list []calldata.Field
	for _, d := range cfg.CallData {
		list = append(list, calldata.Field{
			Name: d.Name, Label: d.Label, Variables: d.Variables, Event: d.UserEvent, Key: d.Key,
			Show: calldata.Show(d.Show), Ticket: d.Ticket,
		})
	}
	return calldata.NewFields(list)
}

// eventClasses are those that the connection to a PBX requests for call data.
func eventClasses(cfg *config.Config, p config.PBX) (classes []string) {
	variables := false
	for _, d := range cfg.CallData {
		variables = variables || len(d.Variables) > 0
		if d.UserEvent != "" && len(classes) == 0 {
			classes = append(classes, "user")
		}
	}
	if variables && p.DialplanEvents {
		classes = append(classes, "dialplan")
	}
	return classes
}
