"""Sessions, and counters of attempts that no parallel request can outrun."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta

from chalicelib.accounts.domain import Session
from chalicelib.accounts.repository.tables import AttemptItem, SessionItem
from chalicelib.kit import store


def find_session(session_key: str) -> Session | None:
    item = store.find(SessionItem, session_key)
    if item is None:
        return None
    return to_session(item)


def to_session(item: SessionItem) -> Session:
    return store.to_entity(Session, item, companies=tuple((t, name, note) for t, name, note in item.companies))


def add_session(session: Session) -> None:
    store.save(_to_item(session))


def save_session(session: Session) -> bool:
    """Whether the session still stood: a sign-out that happened meanwhile is not undone."""
    try:
        store.save(_to_item(session), SessionItem.session_key.exists())
    except store.RefusedError:
        return False
    return True


def replace_session(old_key: str, session: Session) -> bool:
    """One transaction: the old session ends where the new one begins. False when the old one had ended already."""
    try:
        with store.transaction() as tx:
            tx.delete("old", SessionItem, (old_key,), SessionItem.session_key.exists())
            tx.add("new", _to_item(session))
    except store.RefusedError:
        return False
    return True


def remove_session(session_key: str) -> None:
    store.remove(SessionItem, (session_key,))


def take_attempt(key: str, limit: int, window: timedelta, now: datetime, attempt_id: str) -> int:
    """Count one attempt. 0 when it was within the limit, otherwise the seconds until the window ends.

    Each step is one conditional write, so a hundred parallel guesses are counted like a hundred in a row; the attempt's
    own id recognises the SDK's repeat of a lost answer (D2).
    """
    second = int(now.timestamp())
    try:
        store.update(
            AttemptItem,
            (key,),
            [AttemptItem.tries.set(AttemptItem.tries + 1), AttemptItem.attempt_id.set(attempt_id)],
            (AttemptItem.window_ends > second) & (AttemptItem.tries < limit) & (AttemptItem.attempt_id != attempt_id),
        )
    except store.RefusedError as refused:
        standing: AttemptItem | None = refused.parts["item"]
    else:
        return 0
    if standing is not None and standing.window_ends > second:
        return 0 if standing.attempt_id == attempt_id else int(standing.window_ends) - second
    return _begin_window(key, limit, window, now, attempt_id)


def _begin_window(key: str, limit: int, window: timedelta, now: datetime, attempt_id: str) -> int:
    second = int(now.timestamp())
    row = AttemptItem(
        key,
        tries=1,
        window_ends=second + int(window.total_seconds()),
        attempt_id=attempt_id,
        expires_at=now + window,
    )
    free = AttemptItem.attempt_key.does_not_exist() | (AttemptItem.window_ends <= second)
    try:
        store.add(row, free, ours=lambda standing: standing.attempt_id == attempt_id)
    except store.RefusedError:
        # Another request began the window between our two writes: now there is one to count in.
        return take_attempt(key, limit, window, now, attempt_id)
    return 0


def give_back_attempt(key: str, now: datetime) -> None:
    """One try less in the window that runs; the SDK's repeat may give back two, which opens no hole."""
    running = (AttemptItem.window_ends > int(now.timestamp())) & (AttemptItem.tries > 0)
    with suppress(store.RefusedError):
        store.update(AttemptItem, (key,), [AttemptItem.tries.set(AttemptItem.tries - 1)], running)


def reset_attempts(key: str) -> None:
    store.remove(AttemptItem, (key,))


def _to_item(session: Session) -> SessionItem:
    return store.to_item(SessionItem, session, expires_at=session.expires_at)
