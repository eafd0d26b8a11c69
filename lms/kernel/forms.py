"""Forms that show a service's refusal where it belongs."""

from __future__ import annotations

from django import forms

from lms.kernel.errors import DomainError, InvalidError


class RefusableForm(forms.Form):
    """A form that shows a service's refusal at its fields and keeps what was typed (表单)."""

    required_css_class = "is-required"

    def take(self, error: DomainError) -> int:
        """Show a refusal where it belongs: at its fields, else above the form. Returns the status of the answer."""
        fields = error.fields if isinstance(error, InvalidError) else {}
        if not fields:
            self.add_error(None, error.message)
        for name, sentence in fields.items():
            self.add_error(name if name in self.fields else None, sentence)
        return error.status
