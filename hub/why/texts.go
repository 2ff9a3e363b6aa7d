package why

import (
	"fmt"
	"time"
)

// What an Answer may be about, in addition to names and numbers.
const (
	settingIncoming = "incoming"
	settingAnswer   = "answer"
	settingInternal = "internal"

	leftNever    = "never" // signed in
	leftLost     = "lost"
	leftRestart  = "restart"
	leftSilent   = "silent"
	leftReplaced = "replaced"
	leftEnded    = "ended"
	leftQuit     = "quit"
)

// language is the texts of a language.
type language struct {
	causes                  map[Cause]text
	words                   map[string]string
	someTime, notSaid, none string
	seconds                 func(time.Duration) string
}

// text are the sentences of a cause: for administrators, and for the agent.
type text struct{ said, remedy, you, yourRemedy string }

var english = language{
	someTime: "an unknown time", notSaid: "no reason is known", none: "none",
	words: map[string]string{
		settingIncoming: "incoming calls", settingAnswer: "answered calls", settingInternal: "calls between extensions",
		leftNever: "there is no sign-in in the last days", leftLost: "the connection was lost",
		leftRestart: "the hub was restarted", leftSilent: "the desktop did not answer",
		leftReplaced: "the same desktop signed in again", leftEnded: "an administrator ended the session",
		leftQuit: "the program was closed",
	},
	seconds: func(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) },
	causes: map[Cause]text{
		Rights: {
			"The manager user of the PBX {pbx} lacks a right, as far as is known since {at}: {about}.",
			"Give the user these rights in manager.conf (FreePBX: Asterisk Manager Users) and reload the manager; " +
				"`traybell-hub check` shows whether they are enough.",
			"The hub may not see the calls of the telephone system.", "Tell your administrator.",
		},
		NoAgent: {
			"No agent in hub.yml has the extension {about}.",
			"If it is the phone of an agent, add it to the agent's extensions in hub.yml.",
			"The hub does not know the extension {about}.",
			"If it is your phone, ask your administrator to add it to your extensions.",
		},
		Untracked: {
			"hub.yml does not track the number called, {about}.",
			"Add it under tracking in hub.yml in the form in which the PBX presents it, or a line with number: \"*\".",
			"The number called, {about}, is not set up for popups.", "Ask your administrator to add it.",
		},
		KindOff: {
			"hub.yml switches popups of this kind off ({about}).",
			"Set enabled: true under desktop.popups.{about} in hub.yml, and take the key out of desktop.locked if " +
				"agents may decide.",
			"Popups of this kind are switched off for all agents.",
			"Ask your administrator, or switch them on in Settings.",
		},
		Quiet: {
			"Do not disturb was on at {agent}'s desktop.", "The agent switches it off in the menu of the tray icon.",
			"Do not disturb was on.", "Switch it off in the menu of the tray icon.",
		},
		SignedOut: {
			"{agent} was not signed in: {about} ({at}).",
			"Start traybell on the agent's desktop; About in its menu says what keeps it from connecting.",
			"You were not signed in at that moment.",
			"Look at the tray icon: it is grey without a connection, and About says why.",
		},
		OtherHub: {
			"{agent}'s desktop left at {at} for another hub, {about}.",
			"Enter the address of this hub in the desktop's Settings, or lock the server in the computer's settings.",
			"Your desktop was signed in at another hub.", "Check the server in Settings.",
		},
		OwnSetting: {
			"{agent} has switched popups off for {about}.",
			"The agent switches them on in Settings; desktop.locked in hub.yml takes that choice away.",
			"You have switched popups off for {about}.", "Switch them on in Settings.",
		},
		Blocked: {
			"The PBX turned the call away: {about} has blocked the caller.",
			"If that is wrong, unblock the number in the caller's window or on the page.",
			"The call was turned away: {about} has blocked the caller.", "Unblock the number in the caller's window.",
		},
		PBXAway: {
			"The hub had no connection to the PBX {pbx} from {at}: {about}.",
			"See the page of PBXs or `traybell-hub check`. Calls are shown again once the connection is back.",
			"The hub had no connection to the telephone system.", "If this happens again, tell your administrator.",
		},
		TooSlow: {
			"{agent}'s desktop read too slowly, so the hub closed its session at {at}.",
			"Look at the desktop's network (Wi-Fi, VPN) and at the load of that computer.",
			"Your desktop did not keep up, and was reconnected just then.",
			"If this happens again, check the network of this computer.",
		},
		Closed: {
			"{agent} closed the popup {after} after it appeared.", "",
			"The popup was on the screen for {after} and was closed by a click or key.", "",
		},
		OtherScreen: {
			"The popup was on the monitor {about} of {agent}'s desktop, while the pointer was on another one.",
			"The agent chooses the monitor with the pointer in Settings.",
			"The popup was on the monitor {about}, while the pointer was on another one.",
			"Choose another monitor in Settings, or the one with the pointer.",
		},
		Locked: {
			"The popup was shown, but {agent}'s screen was locked, or another user's session was in front.",
			"The agent unlocks the screen; calls that were missed meanwhile are counted at the tray icon.",
			"The popup was shown while the screen was locked or another session was in front.",
			"Calls that you missed meanwhile are in this list.",
		},
		Notification: {
			"{agent}'s desktop showed a notification of the system instead of a card.",
			"The system may collect or suppress notifications (its own do-not-disturb); the agent chooses cards in " +
				"Settings where the system has them.",
			"A notification of the system was shown instead of a card.",
			"Look into the system's list of notifications and at its own do-not-disturb, or choose cards in Settings.",
		},
		HubAway: {
			"The hub did not run from {at}.", "Start the hub; its log says why it stopped.",
			"The hub did not run.", "If this happens again, tell your administrator.",
		},
		OtherAgents: {
			"The phone of {agent} rang, but the line of the number called is for others.",
			"Change teams or agents of that line under tracking in hub.yml.",
			"Calls to this number are shown to others.", "Ask your administrator if that is wrong.",
		},
		Ruled: {
			"The rule “{about}” in hub.yml shows the call to others, or without a popup.",
			"Change `when` or `then` of that rule; `traybell-hub rule --call` shows what it does.",
			"By a rule the call is shown to others, or without a popup.", "Ask your administrator if that is wrong.",
		},
		NoRing: {
			"No call rang at {about} of {agent} (rang: {rang}).",
			"If it did ring, add the extension to the agent in hub.yml, and see whether hub.yml has that PBX.",
			"No phone of yours rang in this call.", "",
		},
		Unconfirmed: {
			"The call was sent to {agent}'s desktop at {at}, which has not reported a popup.",
			"The desktop's log (About, Collect for support) says more; an old version reports nothing.",
			"The call was sent to your desktop, which has not reported a popup.",
			"Restart traybell, and tell your administrator.",
		},
		Forgotten: {
			"There is no trace of this call: traces are kept for a week.", "",
			"The hub no longer knows: it keeps this for a week.", "",
		},
		Unknown: {
			"{agent}'s desktop shows no popup: {about}.",
			"Update the hub: the desktop is newer and knows more reasons.",
			"Your desktop gave a reason that the hub does not know: {about}.", "",
		},
		Shown: {
			"The popup was on {agent}'s screen at {at}.", "", "The popup was on your screen at {at}.", "",
		},
	},
}

var russian = language{
	someTime: "неизвестно когда", notSaid: "причина неизвестна", none: "никто",
	words: map[string]string{
		settingIncoming: "входящих звонков", settingAnswer: "принятых звонков", settingInternal: "внутренних звонков",
		leftNever: "за последние дни входа не было", leftLost: "соединение прервалось",
		leftRestart: "хаб был перезапущен", leftSilent: "программа не отвечала",
		leftReplaced: "с этого же компьютера вошли ещё раз", leftEnded: "сеанс завершил администратор",
		leftQuit: "программа была закрыта",
	},
	seconds: func(d time.Duration) string { return fmt.Sprintf("%.1f с", d.Seconds()) },
	causes: map[Cause]text{
		Rights: {
			"Пользователю AMI на АТС {pbx} не хватает прав, известно с {at}: {about}.",
			"Дайте ему эти права в manager.conf (во FreePBX: Asterisk Manager Users) и перезагрузите manager; " +
				"хватает ли прав, покажет `traybell-hub check`.",
			"Хабу не разрешено видеть звонки АТС.", "Сообщите администратору.",
		},
		NoAgent: {
			"Внутреннего номера {about} нет ни у одного оператора в hub.yml.",
			"Если это телефон оператора, добавьте номер в extensions этого оператора в hub.yml.",
			"Внутренний номер {about} хабу неизвестен.",
			"Если это ваш телефон, попросите администратора добавить номер к вашим.",
		},
		Untracked: {
			"Набранный номер {about} в hub.yml не отслеживается.",
			"Добавьте его в tracking в hub.yml в том виде, в каком его передаёт АТС, или строку number: \"*\".",
			"Для набранного номера {about} окна не настроены.", "Попросите администратора добавить этот номер.",
		},
		KindOff: {
			"Окна этого вида ({about}) выключены в hub.yml.",
			"Поставьте enabled: true в desktop.popups.{about} в hub.yml и уберите ключ из desktop.locked, если " +
				"решать могут операторы.",
			"Окна этого вида выключены для всех операторов.",
			"Обратитесь к администратору или включите их в настройках.",
		},
		Quiet: {
			"На компьютере оператора {agent} был включён режим «Не беспокоить».",
			"Оператор выключает его в меню значка в трее.",
			"Был включён режим «Не беспокоить».", "Выключите его в меню значка в трее.",
		},
		SignedOut: {
			"Оператор {agent} не был подключён: {about} ({at}).",
			"Запустите traybell на компьютере оператора; в окне «О программе» написано, что мешает подключиться.",
			"В этот момент вы не были подключены к хабу.",
			"Посмотрите на значок в трее: без связи он серый, а в окне «О программе» написано почему.",
		},
		OtherHub: {
			"Программа оператора {agent} в {at} переключилась на другой хаб: {about}.",
			"Укажите адрес этого хаба в настройках программы или закрепите сервер в настройках компьютера.",
			"Ваша программа была подключена к другому хабу.", "Проверьте сервер в настройках.",
		},
		OwnSetting: {
			"Оператор {agent} выключил у себя окна для {about}.",
			"Оператор включает их в настройках; чтобы запретить выбор, закрепите ключ в desktop.locked в hub.yml.",
			"Вы выключили окна для {about}.", "Включите их в настройках.",
		},
		Blocked: {
			"АТС отклонила звонок: номер заблокирован ({about}).",
			"Если это ошибка, разблокируйте номер в окне звонящего или на странице.",
			"Звонок отклонён: номер заблокирован ({about}).", "Разблокируйте номер в окне звонящего.",
		},
		PBXAway: {
			"С {at} у хаба не было связи с АТС {pbx}: {about}.",
			"Смотрите страницу АТС или `traybell-hub check`. Когда связь вернётся, звонки снова будут показаны.",
			"У хаба не было связи с АТС.", "Если это повторится, сообщите администратору.",
		},
		TooSlow: {
			"Программа оператора {agent} читала слишком медленно, и в {at} хаб закрыл её сеанс.",
			"Проверьте сеть этого компьютера (Wi-Fi, VPN) и его загрузку.",
			"Программа не успевала за хабом и как раз переподключалась.",
			"Если это повторится, проверьте сеть этого компьютера.",
		},
		Closed: {
			"Оператор {agent} закрыл окно через {after} после появления.", "",
			"Окно было на экране {after}, его закрыли мышью или с клавиатуры.", "",
		},
		OtherScreen: {
			"Окно было на мониторе {about} оператора {agent}, а указатель мыши — на другом.",
			"Оператор выбирает в настройках монитор, на котором указатель.",
			"Окно было на мониторе {about}, а указатель мыши — на другом.",
			"Выберите в настройках другой монитор или тот, на котором указатель.",
		},
		Locked: {
			"Окно показано, но экран оператора {agent} был заблокирован, или впереди был сеанс другого пользователя.",
			"Оператор разблокирует экран; пропущенные за это время звонки посчитаны у значка в трее.",
			"Окно показано, когда экран был заблокирован или впереди был другой сеанс.",
			"Пропущенные за это время звонки есть в этом списке.",
		},
		Notification: {
			"У оператора {agent} вместо окна показано уведомление системы.",
			"Система может собирать или скрывать уведомления (свой режим «Не беспокоить»); окна оператор выбирает в " +
				"настройках, если система их поддерживает.",
			"Вместо окна показано уведомление системы.",
			"Посмотрите список уведомлений системы и её режим «Не беспокоить» или выберите окна в настройках.",
		},
		HubAway: {
			"С {at} хаб не работал.", "Запустите хаб; почему он остановился, написано в его журнале.",
			"Хаб не работал.", "Если это повторится, сообщите администратору.",
		},
		OtherAgents: {
			"Телефон оператора {agent} звонил, но линия набранного номера предназначена другим.",
			"Измените teams или agents этой линии в tracking в hub.yml.",
			"Звонки на этот номер показываются другим.", "Если это ошибка, обратитесь к администратору.",
		},
		Ruled: {
			"Правило «{about}» в hub.yml показывает звонок другим или без окна.",
			"Измените when или then этого правила; что оно делает, покажет `traybell-hub rule --call`.",
			"По правилу звонок показывается другим или без окна.", "Если это ошибка, обратитесь к администратору.",
		},
		NoRing: {
			"На номера {about} оператора {agent} звонка не было (звонили: {rang}).",
			"Если телефон звонил, добавьте номер оператору в hub.yml и проверьте, есть ли эта АТС в hub.yml.",
			"В этом звонке ни один ваш телефон не звонил.", "",
		},
		Unconfirmed: {
			"В {at} звонок отправлен программе оператора {agent}, но об окне она не сообщила.",
			"Подробности — в журнале программы («О программе», «Собрать для поддержки»); старые версии об окнах " +
				"не сообщают.",
			"Звонок отправлен вашей программе, но об окне она не сообщила.",
			"Перезапустите traybell и сообщите администратору.",
		},
		Forgotten: {
			"Следов этого звонка нет: они хранятся неделю.", "",
			"Хаб этого уже не помнит: такие сведения хранятся неделю.", "",
		},
		Unknown: {
			"Программа оператора {agent} окно не показала: {about}.",
			"Обновите хаб: программа новее и знает больше причин.",
			"Программа назвала причину, которой хаб не знает: {about}.", "",
		},
		Shown: {
			"Окно было на экране оператора {agent} в {at}.", "", "Окно было у вас на экране в {at}.", "",
		},
	},
}
