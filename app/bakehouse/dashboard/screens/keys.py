"""What a key does on the main screen, and which keys its footer names."""

from __future__ import annotations

from bakehouse.dashboard import commands
from bakehouse.dashboard.pause import verbs
from bakehouse.dashboard.screens.laid_out import LaidOut
from bakehouse.dashboard.terminal.pane import LOOK_ON_FOOTER, SHELL_FOOTER


class Keys:
    """Of one screen."""

    def __init__(self, screen: LaidOut) -> None:
        self.screen = screen

    def press(self, key: str) -> bool:
        """The focused panel's letters first, then those of the verbs, then what works everywhere. Whether it did
        something.
        """
        screen, taker = self.screen, self.screen.taker
        screen.footer.said = screen.lasting
        if screen.first(key) or self._company(key):
            return True
        panel = "Review" if taker is not None else "Steps" if screen.panel == "Pause" else screen.panel
        action = commands.find(panel, key)
        name = action.name if action is not None else ""
        if taker is not None and taker.key(key, screen.act):
            return False
        if action is None or not action.panels:
            name = self._verb(key) or name
        return bool(name) and screen.act(name)

    def _company(self, key: str) -> bool:
        """Keys about who drives come first: `y` and `n` while that is asked, `T` for a watcher."""
        screen, company = self.screen, self.screen.model.company
        answer = company.answers(key, screen.model.now())
        if answer is None and not (key == "T" and company.watching and not company.replay):
            return False
        if answer is None and company.ask_again(screen.model.now()):
            screen.say(company.lasting(screen.model.now()), "accent")
        elif answer != "":
            screen.act({"give": "give-control", "keep": "keep-control"}.get(answer or "", "take-control"))
        return True

    def _verb(self, key: str) -> str:
        screen, verb = self.screen, commands.VERB_KEYS.get(key, "")
        if not verb or screen.taker is not None:
            return ""
        if verb == "shell" and screen.model.asked is not None:
            return verb
        if screen.model.paused is None:
            return verb if verb == "cancel" and screen.panel == "Steps" else ""
        if screen.model.company.refusal(verb):
            return verb  # which says so
        reason = verbs.reason(screen.model.paused, verb)
        if reason:
            screen.say(f"{verb}: {reason}", "warning")
        return "" if reason else verb

    def footer(self) -> list[tuple[str, str]]:
        """Keys and labels, in order of use."""
        screen = self.screen
        if screen.timebar.needed:
            return commands.footer("Replay")
        if screen.in_shell:
            return LOOK_ON_FOOTER if screen.model.company.watching else SHELL_FOOTER
        if screen.taker is not None:
            return screen.taker.footer
        if screen.model.paused is not None and screen.panel in ("Steps", "Pause"):
            if screen.model.company.watching and not screen.model.company.replay:
                return commands.WATCHED_FOOTER
            small = [("tab", "next"), ("{ }", "builds")]
            return small if screen.form == "small" else commands.PAUSED_FOOTER
        build = screen.model.build
        return commands.footer(screen.panel, ended=build is not None and build.ended)
