"""What FineCLIPER reads beside the frames: drawings of the face's parts and captions of change.

To consume them, given the frames' ``StoreKey`` and a dataset (of ``train.commands.inputs``)::

    bank = open_drawings(root, frames_key, dataset, "parts", frames_bank.lengths)
    gather = Gatherer(bank, device, limit_bytes)
    features = gather(clips, frames, views % bank.views)  # (B, T, D), rows as the frames' rows
    has_cue = cue_mask(features)                          # (B, T); rows without a cue are zero
    captions = read_captions(captions_file(root, dataset, "rules"), dataset)  # N texts, "" = none

The kinds of drawings are ``core.cues.drawings.KINDS``; ``python -m train cues`` fills ``root``.
"""
