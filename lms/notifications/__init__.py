"""通知 (notifications): what the platform tells people without being asked, in finished words, with what it is about.

Owns Notice, Delivery, Preference, DeliveryPolicy. Not: when something is worth telling (the app in which it happens);
where it is shown (portal, api); the numbers and addresses themselves (people).
"""
