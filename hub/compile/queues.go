package compile

import (
	"slices"

	"traybell/hub/config"
	"traybell/hub/membership"
	"traybell/hub/queueing"
	"traybell/hub/queues/alarm"
	"traybell/hub/staff"
	"traybell/shared/protocol"
)

// Queues converts the key queues, without those of PBXs that are not enabled.
func Queues(cfg *config.Config, all *staff.Staff) (list []queueing.Queue) {
	for _, q := range cfg.Queues {
		if !slices.ContainsFunc(cfg.PBX, func(p config.PBX) bool { return p.ID == q.PBX && p.Enabled }) {
			continue
		}
		next := queueing.Queue{
			Queue: membership.Queue{
				PBX: q.PBX, Name: q.Name, Title: q.Title, Logins: logins(all, q.Teams, q.Agents), Viewers: q.Viewers,
				Interface: q.Member, StateInterface: q.StateInterface, Penalty: q.Penalty,
				Adopt: q.Changes == config.QueueAdopt,
			},
			Alarm: alarm.Limits{
				Waiting: q.Alarm.Waiting, Longest: q.Alarm.Longest, Logins: logins(all, q.Alarm.Teams, q.Alarm.Agents),
			},
		}
		for _, c := range q.Alarm.Categories {
			next.Alarm.Categories = append(next.Alarm.Categories, protocol.Color(c))
		}
		if len(q.Alarm.Teams)+len(q.Alarm.Agents) == 0 {
			next.Alarm.Logins = next.Logins
		}
		list = append(list, next)
	}
	return list
}

// logins returns the agents of teams, and others by their logins.
func logins(all *staff.Staff, teams, more []string) (list []string) {
	for _, a := range all.Agents() {
		if slices.Contains(more, a.Login) || slices.ContainsFunc(a.Teams, func(t string) bool {
			return slices.Contains(teams, t)
		}) {
			list = append(list, a.Login)
		}
	}
	return list
}
